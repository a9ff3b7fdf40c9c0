// The weights of a Hugging Face folder, in one file or in shards.
#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/file_status.h"
#include "formats/json.h"
#include "formats/safetensors.h"

namespace puente {
namespace {

constexpr const char* kSingle = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";

/// tensor name -> file name, as the index says.
std::map<std::string, std::string> read_index(const std::filesystem::path& path) {
  const Json index = read_json(path);
  if (!index.is_object() || !index.contains("weight_map") || !index["weight_map"].is_object()) {
    fail("{}: has no weight_map; download the folder again", path.string());
  }
  std::map<std::string, std::string> files;
  for (const auto& [name, file] : index["weight_map"].items()) {
    if (!file.is_string()) fail("{}: weight_map holds more than file names", path.string());
    const auto& text = file.get_ref<const std::string&>();
    // A shard lies in the folder itself: nothing else on the disk is opened at a file's word.
    if (text.empty() || std::filesystem::path(text).filename() != text || text == "." ||
        text == ".." || text.find('\0') != std::string::npos) {
      fail("{}: weight_map names a shard that is not a plain file name", path.string());
    }
    files.emplace(name, text);
  }
  return files;
}

[[noreturn]] void fail_without_weights(const std::filesystem::path& folder) {
  const std::string name = folder.string();
  if (!is_folder(folder)) fail("{}: there is no such folder", name);
  for (const char* other : {"pytorch_model.bin", "pytorch_model.bin.index.json"}) {
    if (file_exists(folder / other)) {
      fail(
          "{}: has {} but no {}; download the safetensors file of the same model, or write it with "
          "transformers: AutoModel.from_pretrained(FOLDER).save_pretrained(FOLDER, "
          "safe_serialization=True)",
          name, other, kSingle);
    }
  }
  fail("{}: has neither {} nor {}; download the model's safetensors weights into it", name, kSingle,
       kIndex);
}

}  // namespace

Checkpoint::Checkpoint(const std::filesystem::path& folder) : folder_(folder) {
  if (file_exists(folder / kSingle)) {
    files_.emplace_back(folder / kSingle);
    for (const TensorInfo& tensor : files_[0].tensors()) places_[tensor.name] = {0, &tensor};
    return;
  }
  if (!file_exists(folder / kIndex)) fail_without_weights(folder);

  const auto index = read_index(folder / kIndex);
  std::map<std::string, size_t> numbers;
  for (const auto& [tensor, file] : index) numbers.emplace(file, 0);
  files_.reserve(numbers.size());
  for (auto& [file, number] : numbers) {
    if (!file_exists(folder / file)) {
      fail("{}: the shard {} is missing, which {} lists; download it into the folder",
           folder.string(), file, kIndex);
    }
    number = files_.size();
    files_.emplace_back(folder / file);
  }
  // By name, because find() in a file is a walk along its tensors.
  for (size_t i = 0; i < files_.size(); ++i) {
    for (const TensorInfo& tensor : files_[i].tensors()) {
      const auto listed = index.find(tensor.name);
      if (listed != index.end() && numbers[listed->second] == i)
        places_[tensor.name] = {i, &tensor};
    }
  }
  for (const auto& [tensor, file] : index) {
    if (!places_.contains(tensor)) {
      fail("{}: no tensor named {}, which {} promises; download the file again",
           (folder / file).string(), tensor, kIndex);
    }
  }
}

const TensorInfo* Checkpoint::find(std::string_view name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? nullptr : found->second.tensor;
}

const TensorInfo& Checkpoint::tensor(std::string_view name) const {
  if (const TensorInfo* found = find(name)) return *found;
  fail("{}: no tensor named {}; the folder holds another kind of model, or only a part of it",
       folder_.string(), name);
}

const TensorInfo& Checkpoint::tensor(std::string_view name, std::span<const int64_t> shape) const {
  const TensorInfo& found = tensor(name);
  if (!std::ranges::equal(found.shape, shape)) {
    fail("{}: tensor {} has the shape {} where config.json asks for {}", folder_.string(), name,
         shape_text(found.shape), shape_text(shape));
  }
  return found;
}

std::vector<std::string> Checkpoint::names() const {
  std::vector<std::string> all;
  for (const auto& [name, place] : places_) all.push_back(name);
  return all;
}

std::vector<std::filesystem::path> Checkpoint::files() const {
  std::vector<std::filesystem::path> paths;
  for (const SafetensorsFile& file : files_) paths.push_back(file.path());
  return paths;
}

const SafetensorsFile& Checkpoint::file_of(const TensorInfo& tensor) const {
  const auto found = places_.find(tensor.name);
  PUENTE_ASSERT(found != places_.end());
  return files_[found->second.file];
}

void Checkpoint::release(const TensorInfo& tensor) const { file_of(tensor).release(tensor); }

void Checkpoint::fetch(const TensorInfo& tensor) const { file_of(tensor).fetch(tensor); }

void Checkpoint::check_unchanged() const {
  for (const SafetensorsFile& file : files_) file.check_unchanged();
}

}  // namespace puente
