// GgufPart: one GGUF file, versions 2 and 3, little-endian: the form in which llama.cpp's models
// come. Named tensors, plain or quantised in blocks, behind typed metadata
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
// size of the file before it is believed. What the metadata means is the business of others, and
// so is a model in several files (gguf.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
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
  size_t part = 0;                   // of a model in several files, which one

  /// Bytes of one row, of shape.back() weights; of a scalar, all.
  int64_t row_bytes() const;
};

struct GgufPart {
  /// UserError that names the file, the tensor or key and what is wrong with it. Types of weights
  /// that puente does not read are refused here.
  explicit GgufPart(const std::filesystem::path& path);

  MappedFile file;
  GgufMetadata metadata;
  uint32_t version = 0;
  std::vector<GgufTensor> tensors;  // in the order of their bytes
};

/// A tensor's name from a file as it may stand in a message.
std::string shown_gguf_name(std::string_view name);

}  // namespace puente
