// One face for the heads for small data. What a head has to choose (strength, shrinkage, number of
// neighbours, temperature) it chooses on the validation rows; no other rows are looked at.
//   logistic    L2-regularised logistic regression, balanced     standardised features
//   ridge       ridge classifier, balanced                       standardised features
//   lda         linear discriminant analysis, shrunken           standardised features
//   knn         k nearest neighbours by cosine                   features as they are
//   prototypes  nearest class mean by cosine                     features as they are
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "puente/matrix.h"

#include "heads/choice.h"
#include "heads/head_data.h"

namespace puente {

enum class HeadKind { logistic, ridge, lda, knn, prototypes };

struct HeadSpec {
  HeadKind kind = HeadKind::logistic;

  /// UserError lists the known names.
  static HeadSpec parse(std::string_view text);
  std::string_view text() const;  // parse(text()) == *this
  bool operator==(const HeadSpec&) const = default;
};

class Head {
 public:
  virtual ~Head() = default;
  /// features [N, D] as it was fitted on -> [rows.size(), K], each row summing to 1.
  virtual Matrix probabilities(MatrixView<const float> features,
                               std::span<const int32_t> rows) const = 0;
  /// In words: "C 0.01", "k 5", "shrinkage 0.3"
  virtual std::string chosen() const = 0;
  /// What it was chosen by; of the validation rows.
  virtual ValidationScore validation() const = 0;
};

/// Keeps no reference to the data. UserError if there are no validation rows, a class has no
/// training rows, or a feature of the training rows is not finite.
std::unique_ptr<Head> fit_head(const HeadData& data, const HeadSpec& spec);

}  // namespace puente
