// "How many labels do we need?": ever larger parts of the training groups. Whoever asks trains on
// each and scores the same test rows.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/labels.h"

namespace puente {

/// 5, 10, 20, 40, 70 and 100 %.
inline constexpr double kCurveShares[] = {0.05, 0.1, 0.2, 0.4, 0.7, 1.0};

struct CurveSubset {
  double share = 0;           // of the training groups, as asked for
  int64_t groups = 0;         // that are in it: more than the share where a class would be missing
  std::vector<int32_t> rows;  // ascending
};

/// A subset of the training rows for each of the shares (ascending, in (0, 1]), each within the
/// next, of whole groups, stratified by a group's commonest label among the training rows. Every
/// class of the training rows is in every subset: a few groups that hold all classes, the rarest
/// chosen first, are in all of them. Depends on the seed and, with named groups, not on the order
/// of the rows. train_rows ascending, not empty.
std::vector<CurveSubset> learning_curve(const Categories& labels, const Categories& groups,
                                        std::span<const int32_t> train_rows,
                                        std::span<const double> shares, uint64_t seed);

}  // namespace puente
