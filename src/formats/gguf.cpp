#include "formats/gguf.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/error.h"
#include "formats/tensor_info.h"

namespace puente {
namespace {

constexpr const char* kNumber = "split.no";
constexpr const char* kCount = "split.count";
constexpr const char* kTensors = "split.tensors.count";
constexpr int64_t kMostParts = 99999;  // their names have five digits

std::string name_end(int64_t part, int64_t count) {
  return fmt::format("-{:05}-of-{:05}.gguf", part + 1, count);
}

/// Into how many parts the model of this file was split; 1 where it was not.
int64_t part_count(const GgufPart& part) {
  const int64_t count = part.metadata.find_integer(kCount).value_or(1);
  if (count < 0 || count > kMostParts) {
    fail("{}: {} is {}; the file is damaged", part.file.path().string(), kCount, count);
  }
  return std::max<int64_t>(count, 1);
}

/// The other parts' paths, after the first one's, which `first` must be.
std::vector<std::filesystem::path> other_parts(const GgufPart& first, int64_t count) {
  const std::filesystem::path& path = first.file.path();
  const std::string name = path.filename().string();
  const int64_t number = first.metadata.integer(kNumber);
  const std::string end = name_end(number, count);
  const bool is_named_so = name.ends_with(end);
  const std::string stem = name.substr(0, name.size() - (is_named_so ? end.size() : 0));
  if (number != 0) {
    fail("{}: is part {} of the {} of a model; name the first one{}", path.string(), number + 1,
         count, is_named_so ? ", " + stem + name_end(0, count) : "");
  }
  if (!is_named_so) {
    fail(
        "{}: is the first of {} parts of a model, which are found by their names; this one's "
        "should end with {}",
        path.string(), count, end);
  }
  std::vector<std::filesystem::path> others;
  for (int64_t i = 1; i < count; ++i) {
    others.push_back(path.parent_path() / (stem + name_end(i, count)));
    std::error_code ignored;
    if (!std::filesystem::exists(others.back(), ignored)) {
      fail("{}: no such file; it is part {} of the {} of {}: download it into that folder",
           others.back().string(), i + 1, count, name);
    }
  }
  return others;
}

void check_part(const GgufPart& part, int64_t number, const GgufPart& first) {
  for (const auto& [key, expected] :
       {std::pair(kNumber, number), std::pair(kCount, first.metadata.integer(kCount)),
        std::pair(kTensors, first.metadata.integer(kTensors))}) {
    const int64_t found = part.metadata.integer(key);
    if (found == expected) continue;
    fail("{}: {} is {} where {} is expected beside {}; download the parts of one model",
         part.file.path().string(), key, found, expected, first.file.path().filename().string());
  }
}

}  // namespace

GgufFile::GgufFile(const std::filesystem::path& path) {
  parts_.emplace_back(path);
  const int64_t count = part_count(parts_[0]);
  if (count > 1) {
    for (const std::filesystem::path& other : other_parts(parts_[0], count)) {
      const auto number = static_cast<int64_t>(parts_.size());
      parts_.emplace_back(other);
      check_part(parts_.back(), number, parts_[0]);
    }
  }
  for (size_t i = 0; i < parts_.size(); ++i) {
    for (GgufTensor& tensor : parts_[i].tensors) {
      tensor.part = i;
      tensors_.push_back(std::move(tensor));
    }
    parts_[i].tensors.clear();
  }
  if (count > 1) {
    const int64_t promised = metadata().integer(kTensors);
    if (promised != static_cast<int64_t>(tensors_.size())) {
      fail("{}: {} is {}, and its {} parts hold {} tensors; download them again", path.string(),
           kTensors, promised, count, tensors_.size());
    }
  }
  for (size_t i = 0; i < tensors_.size(); ++i) {
    if (!places_.emplace(tensors_[i].name, i).second) {
      fail("{}: the tensor {} is there twice; the file is damaged", tensors_[i].source,
           shown_gguf_name(tensors_[i].name));
    }
  }
}

std::vector<std::filesystem::path> GgufFile::files() const {
  std::vector<std::filesystem::path> paths;
  for (const GgufPart& part : parts_) paths.push_back(part.file.path());
  return paths;
}

void GgufFile::check_unchanged() const {
  for (const GgufPart& part : parts_) part.file.check_unchanged();
}

void GgufFile::advise_sequential() const {
  for (const GgufPart& part : parts_) part.file.advise_sequential();
}

const GgufTensor* GgufFile::find(std::string_view name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? nullptr : &tensors_[found->second];
}

const GgufTensor& GgufFile::tensor(std::string_view name) const {
  if (const GgufTensor* found = find(name)) return *found;
  fail("{}: no tensor named {}; the file holds another kind of model, or only a part of it",
       path().string(), name);
}

const GgufTensor& GgufFile::tensor(std::string_view name, std::span<const int64_t> shape) const {
  const GgufTensor& found = tensor(name);
  if (!std::ranges::equal(found.shape, shape)) {
    fail("{}: tensor {} has the shape {} where the metadata ask for {}", path().string(), name,
         shape_text(found.shape), shape_text(shape));
  }
  return found;
}

}  // namespace puente
