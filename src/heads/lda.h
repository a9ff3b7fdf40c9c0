// Linear discriminant analysis with a shrunken covariance: scikit-learn's
// LinearDiscriminantAnalysis(solver="lsqr", shrinkage). The classes' covariances are pooled by
// their frequencies; the scores are those of equally frequent classes, which is what balanced
// weights are elsewhere. In double.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "heads/choice.h"
#include "heads/head_data.h"
#include "heads/linear_scores.h"

namespace puente {

/// Nothing: Ledoit and Wolf's (2004), of each class's standardised rows, as scikit-learn's "auto".
/// Else in (0, 1]: (1 - s) covariance + s mean variance on the diagonal.
using Shrinkage = std::optional<double>;

/// scikit-learn's ledoit_wolf_shrinkage of x [n, D], whose columns have mean 0.
double ledoit_wolf_shrinkage(MatrixView<const double> x);

/// Uses data's training rows alone. Their probabilities: to_probabilities(scores). UserError if a
/// class has none, or where the covariance remains singular (features that do not vary at all).
LinearScores fit_lda(const HeadData& data, Shrinkage shrinkage);

struct LdaChoice {
  LinearScores model;
  Shrinkage shrinkage;
  ValidationScore validation;
};

/// Ledoit and Wolf's, 0.01, 0.1, 0.3, 0.6, 0.9: the best on the validation rows (heads/choice.h).
LdaChoice choose_lda(const HeadData& data);

}  // namespace puente
