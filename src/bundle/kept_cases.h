// KeptCases: training cases that a bundle carries, so that a new record's nearest ones can be
// shown. Only where they were asked for (`puente train --keep-cases COLUMN`): who has the bundle
// then has their names, their labels and their vectors. Files beside bundle.json:
//
//   cases.safetensors  "vectors" [N, D] F32: what the classifier reads of each (after alignment),
//                      image first, divided by its length
//   cases.csv          name,label: a line for each
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "puente/matrix.h"

namespace puente {

struct KeptCases {
  std::string column;               // that the names are from
  std::vector<std::string> names;   // [N]
  std::vector<std::string> labels;  // [N] the class; of several labels those answered with yes
  Matrix vectors;                   // [N, D], of length 1 (or 0)

  struct Near {
    int64_t row = 0;
    float similarity = 0;  // cosine
  };
  /// The `count` nearest to what the classifier reads of a record [D], the nearest first, and of
  /// equally near ones the first.
  std::vector<Near> nearest(std::span<const float> features, int64_t count) const;
};

/// Divides every row by its length.
void normalise_rows(Matrix& rows);

inline constexpr const char* kCaseVectors = "cases.safetensors";
inline constexpr const char* kCaseNames = "cases.csv";

void save_cases(const KeptCases& cases, const std::filesystem::path& folder);
/// UserError names the file and what is wrong: not there, damaged, vectors that are not
/// `dimension` wide.
KeptCases load_cases(const std::filesystem::path& folder, const std::string& column,
                     int64_t dimension);

}  // namespace puente
