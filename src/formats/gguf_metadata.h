// The typed pairs at the head of a GGUF file: "llama.block_count" = 32. Values stay in the mapping
// until they are asked for; all their lengths have been checked when the file was opened.
//
// A getter takes every stored type that holds what it asks for: writers differ in whether a count
// is u32, i32 or u64. Of each there are two forms: find_x(key) gives nothing where the key is
// absent, x(key) throws a UserError. Both throw where the value is of another kind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace puente {

class GgufCursor;

/// By their numbers in the file.
enum class GgufType : uint32_t {
  kU8,
  kI8,
  kU16,
  kI16,
  kU32,
  kI32,
  kF32,
  kBool,
  kText,
  kArray,
  kU64,
  kI64,
  kF64,
};

struct GgufValue {
  GgufType type = GgufType::kU8;
  GgufType item = GgufType::kU8;     // an array's; of a scalar, its type
  uint64_t count = 1;                // of items
  std::span<const std::byte> bytes;  // the items, as they are in the file
};

class GgufMetadata {
 public:
  /// Nothing yet. `source` is the file's name for messages.
  explicit GgufMetadata(std::string source) : source_(std::move(source)) {}
  /// Reads one pair. UserError for a key that is there already, an unknown type, a flag that is
  /// neither 0 nor 1, or a value that the file does not hold whole.
  void read_pair(GgufCursor& cursor);

  /// nullptr when there is no such key.
  const GgufValue* find(std::string_view key) const;
  /// Sorted.
  std::vector<std::string> keys() const;

  /// Of any whole-number type.
  int64_t integer(std::string_view key) const;
  std::optional<int64_t> find_integer(std::string_view key) const;
  /// Of any numeric type; whole numbers beyond 53 bits are rounded.
  double number(std::string_view key) const;
  std::optional<double> find_number(std::string_view key) const;
  bool flag(std::string_view key) const;
  std::optional<bool> find_flag(std::string_view key) const;
  /// Valid as long as the file is open, as all text here. Any bytes: no encoding is checked.
  std::string_view text(std::string_view key) const;
  std::optional<std::string_view> find_text(std::string_view key) const;

  /// Arrays of the same.
  std::vector<int64_t> integers(std::string_view key) const;
  std::optional<std::vector<int64_t>> find_integers(std::string_view key) const;
  /// Rounded to float.
  std::vector<float> numbers(std::string_view key) const;
  std::optional<std::vector<float>> find_numbers(std::string_view key) const;
  std::vector<std::string_view> texts(std::string_view key) const;
  std::optional<std::vector<std::string_view>> find_texts(std::string_view key) const;

 private:
  [[noreturn]] void refuse_type(std::string_view key, const GgufValue& value,
                                std::string_view wanted) const;
  template <class T>
  T require(std::string_view key, std::optional<T> found) const;

  std::string source_;
  std::map<std::string, GgufValue, std::less<>> values_;
};

}  // namespace puente
