#include "formats/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "base/error.h"
#include "formats/csv.h"
#include "formats/json.h"

namespace puente {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are stored little-endian");

constexpr uint64_t kLargestHeader = 100'000'000;  // as the reference implementation
constexpr size_t kLengthBytes = 8;
constexpr std::string_view kMetadata = "__metadata__";

/// A name from the file as it may stand in a message.
std::string shown_name(std::string_view name) { return quoted_excerpt(name, 100); }

/// A whole number that is not negative.
std::optional<int64_t> as_size(const Json& value) {
  if (!value.is_number_integer()) return std::nullopt;
  if (value.is_number_unsigned()) {
    const auto size = value.get<uint64_t>();
    return size > INT64_MAX ? std::nullopt : std::optional(static_cast<int64_t>(size));
  }
  const auto size = value.get<int64_t>();
  return size < 0 ? std::nullopt : std::optional(size);
}

std::optional<std::vector<int64_t>> as_sizes(const Json& entry, const char* key) {
  const auto found = entry.find(key);
  if (found == entry.end() || !found->is_array()) return std::nullopt;
  std::vector<int64_t> sizes;
  for (const Json& item : *found) {
    const auto size = as_size(item);
    if (!size) return std::nullopt;
    sizes.push_back(*size);
  }
  return sizes;
}

/// One entry of the header, against the bytes that the file has.
TensorInfo checked_tensor(const std::string& name, const Json& entry,
                          std::span<const std::byte> data, const std::string& source) {
  const auto refuse = [&](const std::string& why) {
    fail("{}: tensor {}: {}; the file is damaged or not safetensors", source, shown_name(name),
         why);
  };
  TensorInfo tensor;
  tensor.name = name;
  tensor.source = source;
  if (!entry.is_object()) refuse("its header entry is not an object");

  const auto dtype = entry.find("dtype");
  if (dtype == entry.end() || !dtype->is_string()) refuse("has no dtype");
  const auto known = dtype_from_name(dtype->get_ref<const std::string&>());
  if (!known) refuse("unknown dtype " + shown_name(dtype->get_ref<const std::string&>()));
  tensor.dtype = *known;

  auto shape = as_sizes(entry, "shape");
  if (!shape) refuse("its shape is not a list of whole numbers");
  tensor.shape = std::move(*shape);
  const auto offsets = as_sizes(entry, "data_offsets");
  if (!offsets || offsets->size() != 2) refuse("data_offsets is not a pair of whole numbers");
  const int64_t begin = (*offsets)[0], end = (*offsets)[1];
  if (begin > end || end > static_cast<int64_t>(data.size())) {
    refuse(fmt::format("data_offsets {} to {} do not lie in the {} bytes of data that the file has",
                       begin, end, data.size()));
  }
  const auto elements = element_count(tensor.shape);
  int64_t bytes = 0;
  if (!elements || __builtin_mul_overflow(*elements, element_size(tensor.dtype), &bytes) ||
      bytes != end - begin) {
    refuse(fmt::format("shape {} of {} does not fill its {} bytes", shape_text(tensor.shape),
                       dtype_name(tensor.dtype), end - begin));
  }
  tensor.bytes = data.subspan(static_cast<size_t>(begin), static_cast<size_t>(bytes));
  return tensor;
}

/// The tensors' bytes must follow one another without overlap or hole, first byte to last.
void require_contiguous(std::span<const TensorInfo> tensors, std::span<const std::byte> data,
                        const std::string& source) {
  const std::byte* next = data.data();
  for (const TensorInfo& tensor : tensors) {
    if (tensor.bytes.data() < next) {
      fail("{}: tensor {} overlaps the one before it; the file is damaged", source,
           shown_name(tensor.name));
    }
    if (tensor.bytes.data() > next) {
      fail("{}: {} bytes before tensor {} belong to no tensor; the file is damaged", source,
           tensor.bytes.data() - next, shown_name(tensor.name));
    }
    next += tensor.bytes.size();
  }
  if (next != data.data() + data.size()) {
    fail("{}: the last {} bytes belong to no tensor; the file is damaged", source,
         data.data() + data.size() - next);
  }
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) : file_(path) {
  const std::string source = path.string();
  const std::span<const std::byte> bytes = file_.bytes();
  uint64_t length = 0;
  if (bytes.size() < kLengthBytes) {
    fail("{}: is {} bytes long, too short for safetensors; download it again", source,
         bytes.size());
  }
  std::memcpy(&length, bytes.data(), kLengthBytes);
  if (length > kLargestHeader) {
    fail("{}: claims a header of {} bytes; the file is not safetensors", source, length);
  }
  if (length > bytes.size() - kLengthBytes) {
    fail("{}: is cut short: its header should be {} bytes, and {} are there; download it again",
         source, length, bytes.size() - kLengthBytes);
  }
  const auto data = bytes.subspan(kLengthBytes + length);
  const Json header = parse_json(file_.text().substr(kLengthBytes, length), source + " (header)");
  if (!header.is_object()) fail("{}: its header is not a JSON object", source);

  for (const auto& [name, entry] : header.items()) {
    if (name != kMetadata) {
      tensors_.push_back(checked_tensor(name, entry, data, source));
      continue;
    }
    if (!entry.is_object()) fail("{}: {} is not an object", source, kMetadata);
    for (const auto& [key, value] : entry.items()) {
      if (!value.is_string()) fail("{}: {} holds more than text", source, kMetadata);
      metadata_[key] = value.get<std::string>();
    }
  }
  // An empty tensor starts where the next one does, and comes before it.
  std::ranges::stable_sort(tensors_, [](const TensorInfo& a, const TensorInfo& b) {
    return std::pair(a.bytes.data(), a.bytes.size()) < std::pair(b.bytes.data(), b.bytes.size());
  });
  require_contiguous(tensors_, data, source);
}

const TensorInfo* SafetensorsFile::find(std::string_view name) const {
  for (const TensorInfo& tensor : tensors_) {
    if (tensor.name == name) return &tensor;
  }
  return nullptr;
}

const TensorInfo& SafetensorsFile::tensor(std::string_view name) const {
  if (const TensorInfo* found = find(name)) return *found;
  std::string names;
  for (const TensorInfo& tensor : tensors_) {
    if (names.size() > 200) {
      names += ", ...";
      break;
    }
    names += (names.empty() ? "" : ", ") + tensor.name;
  }
  fail("{}: no tensor named {}; it has {}", path().string(), name, names.empty() ? "none" : names);
}

SafetensorsWriter::SafetensorsWriter(const std::filesystem::path& path,
                                     std::span<const TensorSpec> tensors,
                                     const std::map<std::string, std::string>& metadata)
    : file_(path) {
  Json header = Json::object();
  if (!metadata.empty()) header[std::string(kMetadata)] = metadata;
  for (const TensorSpec& tensor : tensors) {
    const auto elements = element_count(tensor.shape);
    PUENTE_ASSERT(elements && *elements <= (INT64_MAX - missing_) / element_size(tensor.dtype));
    PUENTE_ASSERT(tensor.name != kMetadata && !header.contains(tensor.name));
    const int64_t end = missing_ + *elements * element_size(tensor.dtype);
    header[tensor.name] = {{"dtype", dtype_name(tensor.dtype)},
                           {"shape", tensor.shape},
                           {"data_offsets", {missing_, end}}};
    missing_ = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the tensors are aligned
  const uint64_t length = text.size();
  file_.write(std::as_bytes(std::span(&length, 1)));
  file_.write(text);
}

void SafetensorsWriter::write(std::span<const std::byte> bytes) {
  PUENTE_ASSERT(static_cast<int64_t>(bytes.size()) <= missing_);
  missing_ -= static_cast<int64_t>(bytes.size());
  file_.write(bytes);
}

void SafetensorsWriter::finish() {
  PUENTE_ASSERT(missing_ == 0);
  file_.finish();
}

void SafetensorsWriter::commit() {
  finish();
  file_.commit();
}

}  // namespace puente
