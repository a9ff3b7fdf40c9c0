#include "formats/gguf_metadata.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "formats/csv.h"
#include "formats/gguf_cursor.h"

namespace puente {
namespace {

constexpr int kDeepestArray = 4;  // arrays of arrays; nobody writes even two levels

struct TypeFacts {
  std::string_view name;
  size_t size;  // bytes; 0 where they differ
};

// In the order of the enum.
constexpr std::array kMetadataTypes = {
    TypeFacts{"u8", 1},     TypeFacts{"i8", 1},    TypeFacts{"u16", 2}, TypeFacts{"i16", 2},
    TypeFacts{"u32", 4},    TypeFacts{"i32", 4},   TypeFacts{"f32", 4}, TypeFacts{"bool", 1},
    TypeFacts{"string", 0}, TypeFacts{"array", 0}, TypeFacts{"u64", 8}, TypeFacts{"i64", 8},
    TypeFacts{"f64", 8},
};
static_assert(kMetadataTypes.size() == static_cast<size_t>(GgufType::kF64) + 1);

const TypeFacts& facts(GgufType type) { return kMetadataTypes[static_cast<size_t>(type)]; }

std::string shown_key(std::string_view key) { return quoted_excerpt(key, 100); }

std::string type_text(const GgufValue& value) {
  if (value.type != GgufType::kArray) return std::string(facts(value.type).name);
  return fmt::format("array of {}", facts(value.item).name);
}

GgufType read_type(GgufCursor& cursor, std::string_view key) {
  const auto code = cursor.number<uint32_t>(key);
  if (code >= kMetadataTypes.size()) {
    fail("{}: the metadata {} has the unknown type {}; the file is damaged", cursor.source(),
         shown_key(key), code);
  }
  return static_cast<GgufType>(code);
}

void check_flags(std::span<const std::byte> flags, std::string_view key,
                 const std::string& source) {
  if (std::ranges::any_of(flags, [](std::byte b) { return b > std::byte{1}; })) {
    fail("{}: the metadata {} holds a bool that is neither 0 nor 1; the file is damaged", source,
         shown_key(key));
  }
}

/// Steps over `count` items of one type.
void skip_items(GgufCursor& cursor, GgufType type, uint64_t count, std::string_view key,
                int depth) {
  if (type == GgufType::kText) {
    for (uint64_t i = 0; i < count; ++i) cursor.text(key);
  } else if (type == GgufType::kArray) {
    if (depth == kDeepestArray) {
      fail("{}: the metadata {} is an array of arrays more than {} deep; the file is damaged",
           cursor.source(), shown_key(key), kDeepestArray);
    }
    for (uint64_t i = 0; i < count; ++i) {
      const GgufType item = read_type(cursor, key);
      skip_items(cursor, item, cursor.number<uint64_t>(key), key, depth + 1);
    }
  } else {
    const auto items = cursor.take(count, facts(type).size, key);
    if (type == GgufType::kBool) check_flags(items, key, cursor.source());
  }
}

template <class T>
T stored(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

/// Nothing where the item is no whole number, or one of more than 63 bits.
std::optional<int64_t> integer_at(GgufType type, const std::byte* from) {
  switch (type) {
    case GgufType::kU8:
      return stored<uint8_t>(from);
    case GgufType::kI8:
      return stored<int8_t>(from);
    case GgufType::kU16:
      return stored<uint16_t>(from);
    case GgufType::kI16:
      return stored<int16_t>(from);
    case GgufType::kU32:
      return stored<uint32_t>(from);
    case GgufType::kI32:
      return stored<int32_t>(from);
    case GgufType::kI64:
      return stored<int64_t>(from);
    case GgufType::kU64:
      if (const auto value = stored<uint64_t>(from); value <= INT64_MAX) {
        return static_cast<int64_t>(value);
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

std::optional<double> number_at(GgufType type, const std::byte* from) {
  if (type == GgufType::kF32) return stored<float>(from);
  if (type == GgufType::kF64) return stored<double>(from);
  if (type == GgufType::kU64) return static_cast<double>(stored<uint64_t>(from));
  return integer_at(type, from);
}

/// The items of an array of numbers as `at` reads them; nothing where it cannot read one.
template <class T, class At>
std::optional<std::vector<T>> number_items(const GgufValue& value, At at) {
  const size_t size = facts(value.item).size;
  if (value.type != GgufType::kArray || size == 0) return std::nullopt;
  std::vector<T> items;
  items.reserve(static_cast<size_t>(value.count));
  for (const std::byte* from = value.bytes.data(); items.size() < value.count; from += size) {
    const auto item = at(value.item, from);
    if (!item) return std::nullopt;
    items.push_back(static_cast<T>(*item));
  }
  return items;
}

}  // namespace

void GgufMetadata::read_pair(GgufCursor& cursor) {
  const std::string key(cursor.text("key of the metadata"));
  GgufValue value;
  value.type = value.item = read_type(cursor, key);
  if (value.type == GgufType::kArray) {
    value.item = read_type(cursor, key);
    value.count = cursor.number<uint64_t>(key);
  }
  value.bytes = cursor.rest();
  skip_items(cursor, value.item, value.count, key, value.type == GgufType::kArray ? 1 : 0);
  value.bytes = value.bytes.first(value.bytes.size() - cursor.rest().size());
  if (!values_.emplace(key, value).second) {
    fail("{}: the metadata {} is there twice; the file is damaged", source_, shown_key(key));
  }
}

const GgufValue* GgufMetadata::find(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second;
}

std::vector<std::string> GgufMetadata::keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, value] : values_) keys.push_back(key);
  return keys;
}

void GgufMetadata::refuse_type(std::string_view key, const GgufValue& value,
                               std::string_view wanted) const {
  fail("{}: the metadata {} is of type {}; {} is needed here", source_, shown_key(key),
       type_text(value), wanted);
}

template <class T>
T GgufMetadata::require(std::string_view key, std::optional<T> found) const {
  if (found) return std::move(*found);
  fail("{}: has no metadata {}; the file is incomplete or holds another kind of model", source_,
       shown_key(key));
}

std::optional<int64_t> GgufMetadata::find_integer(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto integer = integer_at(value->type, value->bytes.data());
  if (!integer) refuse_type(key, *value, "a whole number of at most 63 bits");
  return integer;
}

std::optional<double> GgufMetadata::find_number(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto number = number_at(value->type, value->bytes.data());
  if (!number) refuse_type(key, *value, "a number");
  return number;
}

std::optional<bool> GgufMetadata::find_flag(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->type != GgufType::kBool) refuse_type(key, *value, "a bool");
  return value->bytes.front() != std::byte{0};
}

std::optional<std::string_view> GgufMetadata::find_text(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->type != GgufType::kText) refuse_type(key, *value, "a string");
  return GgufCursor(value->bytes, source_).text(key);
}

std::optional<std::vector<int64_t>> GgufMetadata::find_integers(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  auto items = number_items<int64_t>(*value, integer_at);
  if (!items) refuse_type(key, *value, "an array of whole numbers of at most 63 bits");
  return items;
}

std::optional<std::vector<float>> GgufMetadata::find_numbers(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  auto items = number_items<float>(*value, number_at);
  if (!items) refuse_type(key, *value, "an array of numbers");
  return items;
}

std::optional<std::vector<std::string_view>> GgufMetadata::find_texts(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->type != GgufType::kArray || value->item != GgufType::kText) {
    refuse_type(key, *value, "an array of strings");
  }
  std::vector<std::string_view> items(static_cast<size_t>(value->count));
  GgufCursor cursor(value->bytes, source_);
  for (std::string_view& item : items) item = cursor.text(key);
  return items;
}

int64_t GgufMetadata::integer(std::string_view key) const {
  return require(key, find_integer(key));
}
double GgufMetadata::number(std::string_view key) const { return require(key, find_number(key)); }
bool GgufMetadata::flag(std::string_view key) const { return require(key, find_flag(key)); }
std::string_view GgufMetadata::text(std::string_view key) const {
  return require(key, find_text(key));
}
std::vector<int64_t> GgufMetadata::integers(std::string_view key) const {
  return require(key, find_integers(key));
}
std::vector<float> GgufMetadata::numbers(std::string_view key) const {
  return require(key, find_numbers(key));
}
std::vector<std::string_view> GgufMetadata::texts(std::string_view key) const {
  return require(key, find_texts(key));
}

}  // namespace puente
