#include "demo/gguf_writer.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/error.h"

namespace puente {
namespace {

static_assert(std::endian::native == std::endian::little, "GGUF numbers are little-endian");

constexpr uint32_t kVersion = 3;
constexpr int64_t kAlignment = 32;

template <class T>
void append(std::string& bytes, T value) {
  const size_t at = bytes.size();
  bytes.resize(at + sizeof value);
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

void append_text(std::string& bytes, std::string_view text) {
  append<uint64_t>(bytes, text.size());
  bytes += text;
}

int64_t padding_after(int64_t size) { return (kAlignment - size % kAlignment) % kAlignment; }

}  // namespace

void GgufPairs::begin(std::string_view key, GgufType type) {
  append_text(bytes_, key);
  append(bytes_, static_cast<uint32_t>(type));
  ++count_;
}

void GgufPairs::begin_array(std::string_view key, GgufType item, size_t count) {
  begin(key, GgufType::kArray);
  append(bytes_, static_cast<uint32_t>(item));
  append<uint64_t>(bytes_, count);
}

void GgufPairs::text(std::string_view key, std::string_view value) {
  begin(key, GgufType::kText);
  append_text(bytes_, value);
}

void GgufPairs::u32(std::string_view key, uint32_t value) {
  begin(key, GgufType::kU32);
  append(bytes_, value);
}

void GgufPairs::f32(std::string_view key, float value) {
  begin(key, GgufType::kF32);
  append(bytes_, value);
}

void GgufPairs::flag(std::string_view key, bool value) {
  begin(key, GgufType::kBool);
  append(bytes_, static_cast<uint8_t>(value));
}

void GgufPairs::texts(std::string_view key, std::span<const std::string> values) {
  begin_array(key, GgufType::kText, values.size());
  for (const std::string& value : values) append_text(bytes_, value);
}

void GgufPairs::f32s(std::string_view key, std::span<const float> values) {
  begin_array(key, GgufType::kF32, values.size());
  for (const float value : values) append(bytes_, value);
}

void GgufPairs::i32s(std::string_view key, std::span<const int32_t> values) {
  begin_array(key, GgufType::kI32, values.size());
  for (const int32_t value : values) append(bytes_, value);
}

void GgufPairs::value(std::string_view key, const GgufValue& value) {
  if (value.type == GgufType::kArray) {
    begin_array(key, value.item, value.count);
  } else {
    begin(key, value.type);
  }
  bytes_.append(reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size());
}

GgufWriter::GgufWriter(const std::filesystem::path& path, const GgufPairs& pairs,
                       std::span<const GgufTensorSpec> tensors)
    : file_(path) {
  std::string header = "GGUF";
  append(header, kVersion);
  append<uint64_t>(header, tensors.size());
  append(header, pairs.count());
  header += pairs.bytes();
  int64_t offset = 0;
  for (const GgufTensorSpec& tensor : tensors) {
    const auto bytes = tensor_bytes(tensor.type, tensor.shape);
    PUENTE_ASSERT(bytes && *bytes <= INT64_MAX / 2 - offset);
    append_text(header, tensor.name);
    append(header, static_cast<uint32_t>(tensor.shape.size()));
    for (size_t i = tensor.shape.size(); i-- > 0;) append(header, tensor.shape[i]);
    append(header, ggml_type_code(tensor.type));
    append(header, offset);
    offset += *bytes + padding_after(*bytes);
    missing_.push_back(*bytes);
  }
  header.resize(header.size() +
                static_cast<size_t>(padding_after(static_cast<int64_t>(header.size()))));
  file_.write(header);
  skip_empty();
}

void GgufWriter::skip_empty() {
  while (current_ < missing_.size() && missing_[current_] == 0) ++current_;
}

void GgufWriter::write(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  PUENTE_ASSERT(current_ < missing_.size());
  const auto size = static_cast<int64_t>(bytes.size());
  PUENTE_ASSERT(size <= missing_[current_]);
  file_.write(bytes);
  written_ += size;
  missing_[current_] -= size;
  if (missing_[current_] > 0) return;
  const int64_t padding = padding_after(written_);
  file_.write(std::string(static_cast<size_t>(padding), '\0'));
  written_ += padding;
  skip_empty();
}

void GgufWriter::commit() {
  PUENTE_ASSERT(current_ == missing_.size());
  file_.commit();
}

}  // namespace puente
