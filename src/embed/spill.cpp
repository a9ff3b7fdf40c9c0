#include "embed/spill.h"

#include "base/error.h"

namespace puente {

Spill::Spill(const std::filesystem::path& folder, int64_t rows, int64_t dim)
    : file_(folder, "the vectors"), rows_(rows), dim_(dim), row_(static_cast<size_t>(dim)) {}

void Spill::write(int64_t first, MatrixView<const float> vectors) {
  PUENTE_ASSERT(vectors.cols == dim_ && vectors.stride == dim_);
  PUENTE_ASSERT(first >= 0 && first + vectors.rows <= rows_);
  file_.write(first * dim_ * static_cast<int64_t>(sizeof(float)),
              std::as_bytes(std::span(vectors.data, static_cast<size_t>(vectors.rows * dim_))));
}

std::span<const float> Spill::row(int64_t i) {
  PUENTE_ASSERT(i >= 0 && i < rows_);
  file_.read(i * dim_ * static_cast<int64_t>(sizeof(float)),
             std::as_writable_bytes(std::span(row_)));
  return row_;
}

}  // namespace puente
