// safetensors files: named tensors behind a JSON header (github.com/huggingface/safetensors).
//
//   8 bytes        length n of the header, little-endian, at most 100 MB
//   n bytes        JSON: {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}},
//                  a member for each tensor and, if wanted, "__metadata__": {"key": "text"}; padded
//                  with blanks
//   to the end     the tensors' bytes; offsets count from here and leave no hole
//
// Files are mapped, never copied whole, and every field of the header is checked against the size
// of the file before it is believed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/atomic_file.h"
#include "base/mapped_file.h"
#include "formats/tensor_info.h"

namespace puente {

class SafetensorsFile {
 public:
  /// UserError that names the file, the tensor and what is wrong with it.
  explicit SafetensorsFile(const std::filesystem::path& path);

  /// In the order of their bytes.
  std::span<const TensorInfo> tensors() const { return tensors_; }
  /// nullptr when there is no such tensor.
  const TensorInfo* find(std::string_view name) const;
  /// UserError when there is no such tensor.
  const TensorInfo& tensor(std::string_view name) const;
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const std::filesystem::path& path() const { return file_.path(); }
  /// Gives the tensor's pages back to the kernel; they are read again if touched.
  void release(const TensorInfo& tensor) const { file_.release(tensor.bytes); }
  /// Asks the kernel to bring them in.
  void fetch(const TensorInfo& tensor) const { file_.fetch(tensor.bytes); }
  /// UserError if the file is no longer what was mapped.
  void check_unchanged() const { file_.check_unchanged(); }

 private:
  MappedFile file_;
  std::vector<TensorInfo> tensors_;
  std::map<std::string, std::string> metadata_;
};

/// The weights of a Hugging Face model folder: model.safetensors, or the shards that
/// model.safetensors.index.json lists.
class Checkpoint {
 public:
  /// UserError for a folder without safetensors weights (one with only pytorch_model.bin is told
  /// how to convert them), a shard that is missing, or a tensor that its shard lacks.
  explicit Checkpoint(const std::filesystem::path& folder);

  const TensorInfo* find(std::string_view name) const;
  /// UserError "FOLDER: no tensor named X; ..." when there is none.
  const TensorInfo& tensor(std::string_view name) const;
  /// Also UserError when its shape is not `shape`.
  const TensorInfo& tensor(std::string_view name, std::span<const int64_t> shape) const;
  /// All names, sorted.
  std::vector<std::string> names() const;
  const std::filesystem::path& folder() const { return folder_; }
  /// The files that hold the weights, in the order of their names.
  std::vector<std::filesystem::path> files() const;
  void release(const TensorInfo& tensor) const;
  void fetch(const TensorInfo& tensor) const;
  void check_unchanged() const;

 private:
  std::filesystem::path folder_;
  std::vector<SafetensorsFile> files_;
  struct Place {
    size_t file = 0;
    const TensorInfo* tensor = nullptr;
  };
  const SafetensorsFile& file_of(const TensorInfo& tensor) const;
  std::map<std::string, Place, std::less<>> places_;
};

/// A tensor that will be written.
struct TensorSpec {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<int64_t> shape;
};

/// Writes the header at once and then the data in any pieces, so that no tensor need be in memory
/// whole. Elements come in the order of `tensors`, each row-major.
class SafetensorsWriter {
 public:
  SafetensorsWriter(const std::filesystem::path& path, std::span<const TensorSpec> tensors,
                    const std::map<std::string, std::string>& metadata = {});
  void write(std::span<const std::byte> bytes);
  void write(std::span<const float> values) { write(std::as_bytes(values)); }
  /// All data must have been written. Flushes; the file is not yet visible.
  void finish();
  /// finish(), and the file appears under its own name.
  void commit();

 private:
  AtomicFile file_;
  int64_t missing_ = 0;  // bytes still to come
};

}  // namespace puente
