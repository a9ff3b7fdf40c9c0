// GgufFile: a model in the form in which llama.cpp's come, in one file (gguf_part.h has the layout)
// or split into several, as llama.cpp's gguf-split does: NAME-00001-of-00003.gguf and so on. The
// first holds all metadata, and each its own tensors and
//
//   split.no              its number, from 0 on
//   split.count           how many files there are
//   split.tensors.count   how many tensors all of them hold
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/gguf_metadata.h"
#include "formats/gguf_part.h"

namespace puente {

class GgufFile {
 public:
  /// One file, or the first of the parts of a model, with the others beside it. UserError as
  /// GgufPart, and where a part is missing, is not the one that its name says, or holds another
  /// number of tensors than is promised.
  explicit GgufFile(const std::filesystem::path& path);

  /// Of the first file, as all that is not about tensors.
  const std::filesystem::path& path() const { return parts_[0].file.path(); }
  uint32_t version() const { return parts_[0].version; }
  const GgufMetadata& metadata() const { return parts_[0].metadata; }
  std::vector<std::filesystem::path> files() const;

  /// File by file, in the order of their bytes.
  std::span<const GgufTensor> tensors() const { return tensors_; }
  /// nullptr when there is no such tensor.
  const GgufTensor* find(std::string_view name) const;
  /// UserError when there is no such tensor.
  const GgufTensor& tensor(std::string_view name) const;
  /// Also UserError when its shape is not `shape`.
  const GgufTensor& tensor(std::string_view name, std::span<const int64_t> shape) const;

  /// Gives the tensor's pages back to the kernel; they are read again if touched.
  void release(const GgufTensor& tensor) const { parts_[tensor.part].file.release(tensor.bytes); }
  /// Asks the kernel to bring them in.
  void fetch(const GgufTensor& tensor) const { parts_[tensor.part].file.fetch(tensor.bytes); }
  /// UserError if a file is no longer what was mapped.
  void check_unchanged() const;
  /// Tells the kernel that the tensors are read in the order of their bytes.
  void advise_sequential() const;

 private:
  std::vector<GgufPart> parts_;  // their tensors moved below
  std::vector<GgufTensor> tensors_;
  std::map<std::string, size_t, std::less<>> places_;  // in tensors_
};

}  // namespace puente
