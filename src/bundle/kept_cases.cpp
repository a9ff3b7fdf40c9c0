#include "bundle/kept_cases.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "align/unit_vector.h"
#include "base/atomic_file.h"
#include "base/error.h"
#include "formats/csv.h"
#include "formats/safetensors.h"

namespace puente {
namespace {

/// Sixteen sums side by side, which a compiler turns into vector instructions.
float dot_product(const float* a, const float* b, int64_t n) {
  constexpr int64_t kSums = 16;
  float sums[kSums] = {};
  int64_t i = 0;
  for (; i + kSums <= n; i += kSums) {
    for (int64_t j = 0; j < kSums; ++j) sums[j] += a[i + j] * b[i + j];
  }
  float sum = 0;
  for (const float part : sums) sum += part;
  for (; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace

void normalise_rows(Matrix& rows) {
  std::vector<double> unit(static_cast<size_t>(rows.cols()));
  for (int64_t i = 0; i < rows.rows(); ++i) {
    unit_vector(rows.row_span(i), unit);
    std::ranges::transform(unit, rows.row(i), [](double v) { return static_cast<float>(v); });
  }
}

std::vector<KeptCases::Near> KeptCases::nearest(std::span<const float> features,
                                                int64_t count) const {
  PUENTE_ASSERT(static_cast<int64_t>(features.size()) == vectors.cols());
  Matrix own(1, vectors.cols());
  std::ranges::copy(features, own.row(0));
  normalise_rows(own);
  std::vector<Near> near(static_cast<size_t>(vectors.rows()));
  for (int64_t i = 0; i < vectors.rows(); ++i) {
    near[static_cast<size_t>(i)] = {i, dot_product(own.row(0), vectors.row(i), own.cols())};
  }
  const auto kept = near.begin() + std::min<int64_t>(count, vectors.rows());
  std::partial_sort(near.begin(), kept, near.end(), [](const Near& a, const Near& b) {
    return a.similarity != b.similarity ? a.similarity > b.similarity : a.row < b.row;
  });
  near.erase(kept, near.end());
  return near;
}

void save_cases(const KeptCases& cases, const std::filesystem::path& folder) {
  const TensorSpec spec{"vectors", DType::kF32, {cases.vectors.rows(), cases.vectors.cols()}};
  SafetensorsWriter vectors(folder / kCaseVectors, {&spec, 1});
  for (int64_t i = 0; i < cases.vectors.rows(); ++i) vectors.write(cases.vectors.row_span(i));
  vectors.commit();
  std::string text = "name,label\n";
  for (size_t i = 0; i < cases.names.size(); ++i) {
    const std::string fields[] = {cases.names[i], cases.labels[i]};
    append_csv_row(text, fields);
  }
  write_file(folder / kCaseNames, text);
}

KeptCases load_cases(const std::filesystem::path& folder, const std::string& column,
                     int64_t dimension) {
  KeptCases cases{column, {}, {}, {}};
  CsvReader reader(folder / kCaseNames);
  if (reader.header() != std::vector<std::string>{"name", "label"}) {
    fail("{}: damaged: its columns are not name,label; train again, or copy the whole folder anew",
         reader.source());
  }
  for (CsvRow row; reader.next(row);) {
    cases.names.emplace_back(row.fields[0]);
    cases.labels.emplace_back(row.fields[1]);
  }
  const SafetensorsFile file(folder / kCaseVectors);
  const TensorInfo& vectors = file.tensor("vectors");
  const auto rows = static_cast<int64_t>(cases.names.size());
  if (vectors.dtype != DType::kF32 || vectors.shape != std::vector<int64_t>{rows, dimension}) {
    fail(
        "{}: damaged: its vectors are not {} rows of {} numbers (F32); train again, or copy the "
        "whole folder anew",
        file.path().string(), rows, dimension);
  }
  cases.vectors = Matrix(rows, dimension);
  std::memcpy(cases.vectors.data(), vectors.bytes.data(), vectors.bytes.size());
  const float* const begin = cases.vectors.data();
  if (!std::all_of(begin, begin + cases.vectors.size(),
                   [](float value) { return std::isfinite(value); })) {
    fail("{}: damaged: a number is NaN or infinite; train again, or copy the whole folder anew",
         file.path().string());
  }
  return cases;
}

}  // namespace puente
