// What a bundle's classifier says of rows whose vectors are there.
#pragma once

#include <optional>
#include <vector>

#include "puente/matrix.h"
#include "puente/table.h"

#include "bundle/bundle.h"

namespace puente {

/// Of one label, [N, K] each, rows sum to 1.
struct LabelProbabilities {
  Matrix raw;         // the classifier's own, which thresholds are about
  Matrix calibrated;  // with the bundle's temperature; the same as raw where it has none
};

/// Of one label: all of the record, and one half alone with the other replaced by what stands for
/// an absent one (bundle/training_summary.h). Nothing where the bundle takes only that half.
struct LabelAnswers {
  LabelProbabilities whole;
  std::optional<LabelProbabilities> image_alone;
  std::optional<LabelProbabilities> text_alone;
};

struct Classified {
  std::vector<LabelAnswers> labels;  // as the bundle's
  Matrix features;                   // [N, D] what the classifier read
};

/// `labels`: of a bundle, one or several. Rows do not depend on each other, nor on `threads`.
/// UserError where the table's vectors are of another width than the bundle's.
Classified classify(const std::vector<Bundle>& labels, const EmbeddingTable& table, int threads);

/// The same without the halves alone: of a table of any length, in little memory.
std::vector<LabelProbabilities> classify_whole(const std::vector<Bundle>& labels,
                                               const EmbeddingTable& table, int threads);

}  // namespace puente
