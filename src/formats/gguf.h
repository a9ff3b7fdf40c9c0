// GGUF files, versions 2 and 3, little-endian: the form in which llama.cpp's models come. Named
// tensors, plain or quantised in blocks, behind typed metadata
// (github.com/ggml-org/ggml, docs/gguf.md). "text" is a u64 length and so many bytes.
//
//   4 bytes        "GGUF"
//   u32            version
//   u64            number of tensors
//   u64            number of metadata pairs
//   pairs          key: text; type: u32; value. Of an array: type of its items: u32; their number:
//                  u64; the items
//   tensors        name: text; number of dimensions: u32, at most 4; sizes: u64 each, the one that
//                  runs fastest first; type of the weights: u32; offset: u64
//   padding        to a multiple of general.alignment, which is 32 where it is absent
//   to the end     the tensors' bytes; offsets count from here and are multiples of the alignment
//
// Files are mapped, never copied whole, and every count, length and offset is checked against the
// size of the file before it is believed. What the metadata means is the business of others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapped_file.h"
#include "formats/ggml_type.h"
#include "formats/gguf_metadata.h"

namespace puente {

struct GgufTensor {
  std::string name;
  GgmlType type = GgmlType::kF32;
  std::vector<int64_t> shape;        // row-major, as safetensors has it: the file's sizes reversed
  std::span<const std::byte> bytes;  // into the mapping, at a multiple of the file's alignment
  std::string source;                // the file it lies in, for messages

  /// Bytes of one row, of shape.back() weights; of a scalar, all.
  int64_t row_bytes() const;
};

class GgufFile {
 public:
  /// UserError that names the file, the tensor or key and what is wrong with it. Types of weights
  /// that puente does not read are refused here.
  explicit GgufFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return file_.path(); }
  uint32_t version() const { return version_; }
  const GgufMetadata& metadata() const { return metadata_; }

  /// In the order of their bytes.
  std::span<const GgufTensor> tensors() const { return tensors_; }
  /// nullptr when there is no such tensor.
  const GgufTensor* find(std::string_view name) const;
  /// UserError when there is no such tensor.
  const GgufTensor& tensor(std::string_view name) const;
  /// Also UserError when its shape is not `shape`.
  const GgufTensor& tensor(std::string_view name, std::span<const int64_t> shape) const;

  /// Gives the tensor's pages back to the kernel; they are read again if touched.
  void release(const GgufTensor& tensor) const { file_.release(tensor.bytes); }
  /// Asks the kernel to bring them in.
  void fetch(const GgufTensor& tensor) const { file_.fetch(tensor.bytes); }
  /// UserError if the file is no longer what was mapped.
  void check_unchanged() const { file_.check_unchanged(); }
  /// Tells the kernel that the tensors are read in the order of their bytes.
  void advise_sequential() const { file_.advise_sequential(); }

 private:
  MappedFile file_;
  GgufMetadata metadata_;
  uint32_t version_ = 0;
  std::vector<GgufTensor> tensors_;
  std::map<std::string, size_t, std::less<>> places_;  // in tensors_
};

}  // namespace puente
