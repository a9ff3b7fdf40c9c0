// NumPy's .npy files: one array behind a short header (numpy.lib.format, versions 1 to 3).
//
//   6 bytes   \x93NUMPY
//   2 bytes   version: major, minor
//   2 bytes   length n of the header, little-endian (4 bytes from version 2)
//   n bytes   {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
//   to the end the elements
//
// Read: float32 and float64, little-endian, C order, up to four axes; UserError for the rest.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "base/mapped_file.h"
#include "formats/tensor_info.h"

namespace puente {

class NpyFile {
 public:
  explicit NpyFile(const std::filesystem::path& path);

  std::span<const int64_t> shape() const { return tensor_.shape; }
  /// The array, for to_float(); named "array".
  const TensorInfo& tensor() const { return tensor_; }
  const std::filesystem::path& path() const { return file_.path(); }

 private:
  MappedFile file_;
  TensorInfo tensor_;
};

/// Writes a float32 array of a known shape, its elements in any pieces.
class NpyWriter {
 public:
  NpyWriter(const std::filesystem::path& path, std::span<const int64_t> shape);
  void write(std::span<const float> values);
  /// All elements must have been written. Flushes; the file is not yet visible.
  void finish();
  /// finish(), and the file appears under its own name.
  void commit();

 private:
  AtomicFile file_;
  int64_t missing_ = 0;  // elements still to come
};

}  // namespace puente
