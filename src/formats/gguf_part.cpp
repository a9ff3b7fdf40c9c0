#include "formats/gguf_part.h"

#include <algorithm>
#include <utility>

#include "formats/csv.h"
#include "formats/gguf_cursor.h"
#include "formats/tensor_info.h"

namespace puente {
namespace {

constexpr std::string_view kGgufMagic = "GGUF";
// What stood there before GGUF: the words "ggml", "ggmf" and "ggjt", little-endian.
constexpr std::string_view kOldMagics[] = {"lmgg", "fmgg", "tjgg"};
constexpr uint32_t kOldestVersion = 2, kNewestVersion = 3;
constexpr uint32_t kMostDimensions = 4;
constexpr const char* kAlignment = "general.alignment";
constexpr int64_t kUsualAlignment = 32;

/// Magic and version.
uint32_t read_start(GgufCursor& cursor, std::span<const std::byte> bytes) {
  const std::string& source = cursor.source();
  if (bytes.size() < kGgufMagic.size()) {
    fail("{}: is {} bytes long, too short for GGUF; download it again", source, bytes.size());
  }
  const std::string_view magic(reinterpret_cast<const char*>(bytes.data()), kGgufMagic.size());
  if (std::ranges::find(kOldMagics, magic) != std::end(kOldMagics)) {
    fail("{}: is a ggml file from before GGUF; download the model as GGUF", source);
  }
  if (magic != kGgufMagic) {
    fail("{}: is not a GGUF file: it begins with {}", source, shown_gguf_name(magic));
  }
  cursor.take(kGgufMagic.size(), 1, "magic");
  const auto version = cursor.number<uint32_t>("version");
  if (version != 0 && (version & 0xffff) == 0) {
    fail("{}: is a big-endian GGUF file; convert the model again as little-endian", source);
  }
  if (version < kOldestVersion || version > kNewestVersion) {
    fail("{}: is GGUF of version {}, and puente reads {} and {}; convert the model again", source,
         version, kOldestVersion, kNewestVersion);
  }
  return version;
}

size_t alignment_of(const GgufMetadata& metadata, const std::string& source) {
  const int64_t alignment = metadata.find_integer(kAlignment).value_or(kUsualAlignment);
  if (alignment < 1 || alignment > UINT32_MAX || (alignment & (alignment - 1)) != 0) {
    fail("{}: {} is {}, which is no power of two; the file is damaged", source, kAlignment,
         alignment);
  }
  return static_cast<size_t>(alignment);
}

/// An entry of the table of tensors. Its bytes are not known before the whole table is read.
struct Entry {
  GgufTensor tensor;
  uint64_t offset = 0;
};

GgmlType read_type(GgufCursor& cursor, const std::string& name) {
  const auto code = cursor.number<uint32_t>("table of tensors");
  if (const auto type = ggml_type_from_code(code)) return *type;
  const std::string_view foreign = foreign_ggml_type_name(code);
  if (foreign.empty()) {
    fail("{}: tensor {} is of the unknown type {}; the file is damaged or too new", cursor.source(),
         shown_gguf_name(name), code);
  }
  fail("{}: tensor {} is of type {}, which puente does not read; download the model in one of {}",
       cursor.source(), shown_gguf_name(name), foreign, ggml_type_names());
}

Entry read_entry(GgufCursor& cursor) {
  constexpr std::string_view kTable = "table of tensors";
  Entry entry;
  GgufTensor& tensor = entry.tensor;
  tensor.source = cursor.source();
  tensor.name = cursor.text("name of a tensor");
  const auto dimensions = cursor.number<uint32_t>(kTable);
  if (dimensions > kMostDimensions) {
    fail("{}: tensor {} has {} dimensions, more than GGUF's {}; the file is damaged", tensor.source,
         shown_gguf_name(tensor.name), dimensions, kMostDimensions);
  }
  for (uint32_t i = 0; i < dimensions; ++i) {
    const auto size = cursor.number<uint64_t>(kTable);
    if (size > INT64_MAX) {
      fail("{}: tensor {} has a size of {}; the file is damaged", tensor.source,
           shown_gguf_name(tensor.name), size);
    }
    tensor.shape.push_back(static_cast<int64_t>(size));
  }
  std::ranges::reverse(tensor.shape);
  tensor.type = read_type(cursor, tensor.name);
  entry.offset = cursor.number<uint64_t>(kTable);
  return entry;
}

/// Gives the tensor its part of `data`.
GgufTensor placed(Entry entry, std::span<const std::byte> data, size_t alignment) {
  GgufTensor& tensor = entry.tensor;
  const auto refuse = [&](const std::string& why) {
    fail("{}: tensor {}: {}; the file is damaged", tensor.source, shown_gguf_name(tensor.name),
         why);
  };
  const std::string_view type = ggml_type_name(tensor.type);
  const int64_t block = block_size(tensor.type),
                row = tensor.shape.empty() ? 1 : tensor.shape.back();
  if (row % block != 0) {
    refuse(fmt::format("its rows of {} are no multiple of {}'s blocks of {}", row, type, block));
  }
  const auto bytes = tensor_bytes(tensor.type, tensor.shape);
  if (!bytes) {
    refuse(fmt::format("shape {} of {} is too large", shape_text(tensor.shape), type));
  }
  if (entry.offset % alignment != 0) {
    refuse(fmt::format("its offset {} is no multiple of {}", entry.offset, alignment));
  }
  const auto size = static_cast<uint64_t>(*bytes);
  if (entry.offset > data.size() || size > data.size() - entry.offset) {
    fail(
        "{}: is cut short: tensor {} should lie at {} to {} of the data, and the file has {} bytes "
        "of it; download it again",
        tensor.source, shown_gguf_name(tensor.name), entry.offset,
        static_cast<unsigned __int128>(entry.offset) + size, data.size());
  }
  tensor.bytes = data.subspan(static_cast<size_t>(entry.offset), static_cast<size_t>(size));
  return std::move(tensor);
}

void refuse_overlap(std::span<const GgufTensor> tensors) {
  for (size_t i = 1; i < tensors.size(); ++i) {
    const GgufTensor &before = tensors[i - 1], &tensor = tensors[i];
    if (tensor.bytes.data() < before.bytes.data() + before.bytes.size()) {
      fail("{}: tensor {} overlaps {}; the file is damaged", tensor.source,
           shown_gguf_name(tensor.name), shown_gguf_name(before.name));
    }
  }
}

}  // namespace

std::string shown_gguf_name(std::string_view name) { return quoted_excerpt(name, 100); }

int64_t GgufTensor::row_bytes() const {
  const int64_t row = shape.empty() ? 1 : shape.back();
  return row / block_size(type) * block_bytes(type);
}

GgufPart::GgufPart(const std::filesystem::path& path) : file(path), metadata(path.string()) {
  const std::string source = path.string();
  GgufCursor cursor(file.bytes(), source);
  version = read_start(cursor, file.bytes());
  const auto count = cursor.number<uint64_t>("number of tensors");
  const auto pairs = cursor.number<uint64_t>("number of metadata");
  for (uint64_t i = 0; i < pairs; ++i) metadata.read_pair(cursor);
  const size_t alignment = alignment_of(metadata, source);

  std::vector<Entry> entries;
  for (uint64_t i = 0; i < count; ++i) entries.push_back(read_entry(cursor));
  const size_t start = (cursor.position() + alignment - 1) / alignment * alignment;
  const auto data = file.bytes().subspan(std::min(start, file.bytes().size()));
  for (Entry& entry : entries) tensors.push_back(placed(std::move(entry), data, alignment));

  // An empty tensor starts where the next one does, and comes before it.
  std::ranges::stable_sort(tensors, [](const GgufTensor& a, const GgufTensor& b) {
    return std::pair(a.bytes.data(), a.bytes.size()) < std::pair(b.bytes.data(), b.bytes.size());
  });
  refuse_overlap(tensors);
}

}  // namespace puente
