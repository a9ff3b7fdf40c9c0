// The rows that a step is fitted on: of the table, or as the steps before have made them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

#include "puente/matrix.h"

namespace puente {

/// One modality's, in double. Borrows the table.
class ModalityRows {
 public:
  ModalityRows() = default;
  ModalityRows(const Matrix& table, std::span<const int32_t> rows)
      : table_(&table),
        chosen_(rows),
        rows_(static_cast<int64_t>(rows.size())),
        cols_(table.cols()) {}
  explicit ModalityRows(BasicMatrix<double> made)
      : rows_(made.rows()), cols_(made.cols()), made_(std::move(made)) {}

  int64_t rows() const { return rows_; }
  int64_t cols() const { return cols_; }  // 0: no such modality
  void copy_row(int64_t i, std::span<double> out) const {
    if (table_ != nullptr) {
      std::ranges::copy(table_->row_span(chosen_[static_cast<size_t>(i)]), out.begin());
    } else {
      std::ranges::copy(made_.row_span(i), out.begin());
    }
  }
  /// All of them: eight bytes a number.
  BasicMatrix<double> matrix() && {
    return table_ == nullptr ? std::move(made_) : std::as_const(*this).matrix();
  }
  BasicMatrix<double> matrix() const& {
    if (table_ == nullptr) return made_;
    BasicMatrix<double> all(rows_, cols_);
    for (int64_t i = 0; i < rows_; ++i) copy_row(i, all.row_span(i));
    return all;
  }

 private:
  const Matrix* table_ = nullptr;
  std::span<const int32_t> chosen_;
  int64_t rows_ = 0;
  int64_t cols_ = 0;
  BasicMatrix<double> made_;
};

struct FitRows {
  ModalityRows image;
  ModalityRows text;
};

}  // namespace puente
