// RawRows: the rows of a data set as a raw-data model reads them, pictures as pixels and texts as
// tokens. The trainer asks for the rows of one batch at a time.
#pragma once

#include <cstdint>
#include <span>

namespace puente {

class RawRows {
 public:
  virtual ~RawRows() = default;

  virtual int64_t count() const = 0;
  /// The row's picture as the image model wants it, [3, S, S]. Thread-safe.
  virtual void pixels(int64_t row, std::span<float> planes) const = 0;
  /// The row's text with the tokens that frame it; no padding.
  virtual std::span<const int32_t> tokens(int64_t row) const = 0;
};

}  // namespace puente
