#include "heads/head.h"

#include <array>
#include <fmt/ranges.h>
#include <utility>
#include <vector>

#include "base/error.h"
#include "data/rows_at.h"
#include "data/split.h"
#include "fusion/fusion.h"
#include "heads/features.h"
#include "heads/lda.h"
#include "heads/linear_scores.h"
#include "heads/logistic.h"
#include "heads/neighbours.h"
#include "heads/prototypes.h"
#include "heads/ridge.h"

namespace puente {
namespace {

struct Name {
  HeadKind kind;
  std::string_view text;
};
constexpr std::array kNames = {Name{HeadKind::logistic, "logistic"}, Name{HeadKind::ridge, "ridge"},
                               Name{HeadKind::lda, "lda"}, Name{HeadKind::knn, "knn"},
                               Name{HeadKind::prototypes, "prototypes"}};

class LinearHead : public Head {
 public:
  LinearHead(Standardiser standardiser, LinearScores model, double scale, ValidationScore score,
             std::string chosen)
      : standardiser_(std::move(standardiser)),
        model_(std::move(model)),
        scale_(scale),
        score_(score),
        chosen_(std::move(chosen)) {}

  Matrix probabilities(MatrixView<const float> features,
                       std::span<const int32_t> rows) const override {
    const Matrix scaled = standardiser_.apply(rows_at(features, rows));
    return to_probabilities(model_.scores(scaled, first_numbers(rows.size())), scale_);
  }
  std::string chosen() const override { return chosen_; }
  ValidationScore validation() const override { return score_; }

 private:
  Standardiser standardiser_;
  LinearScores model_;
  double scale_;
  ValidationScore score_;
  std::string chosen_;
};

class NeighboursHead : public Head {
 public:
  explicit NeighboursHead(NeighboursChoice choice) : choice_(std::move(choice)) {}

  Matrix probabilities(MatrixView<const float> features,
                       std::span<const int32_t> rows) const override {
    return choice_.model.shares(choice_.model.nearest(features, rows, choice_.k), choice_.k);
  }
  std::string chosen() const override { return fmt::format("k {}", choice_.k); }
  ValidationScore validation() const override { return choice_.validation; }

 private:
  NeighboursChoice choice_;
};

class PrototypesHead : public Head {
 public:
  explicit PrototypesHead(ScaledPrototypes fit) : fit_(std::move(fit)) {}

  Matrix probabilities(MatrixView<const float> features,
                       std::span<const int32_t> rows) const override {
    return to_probabilities(fit_.model.cosines(features, rows), fit_.scale);
  }
  std::string chosen() const override {
    return fmt::format("softmax of {:.4g} x cosine", fit_.scale);
  }
  ValidationScore validation() const override { return fit_.validation; }

 private:
  ScaledPrototypes fit_;
};

std::unique_ptr<Head> fit_linear(const HeadData& data, HeadKind kind) {
  Standardiser standardiser(data.features, data.train);
  const Matrix scaled = standardiser.apply(data.features);
  HeadData own = data;
  own.features = scaled;
  if (kind == HeadKind::ridge) {
    RidgeChoice choice = choose_ridge(own, ridge_strengths());
    return std::make_unique<LinearHead>(
        std::move(standardiser), std::move(choice.model), choice.scale, choice.validation,
        fmt::format("alpha {:.4g}, softmax of {:.4g} x score", choice.alpha, choice.scale));
  }
  if (kind == HeadKind::lda) {
    LdaChoice choice = choose_lda(own);
    return std::make_unique<LinearHead>(
        std::move(standardiser), std::move(choice.model), 1, choice.validation,
        choice.shrinkage ? fmt::format("shrinkage {}", *choice.shrinkage)
                         : "shrinkage by Ledoit and Wolf");
  }
  LogisticChoice choice = choose_logistic(own, logistic_strengths());
  return std::make_unique<LinearHead>(std::move(standardiser), std::move(choice.model), 1,
                                      choice.validation, fmt::format("C {:.4g}", choice.c));
}

}  // namespace

HeadSpec HeadSpec::parse(std::string_view text) {
  std::vector<std::string_view> known;
  for (const Name& name : kNames) {
    if (name.text == text) return {name.kind};
    known.push_back(name.text);
  }
  fail("unknown head '{}': known are {}", text, fmt::join(known, ", "));
}

std::string_view HeadSpec::text() const { return kNames[static_cast<size_t>(kind)].text; }

std::unique_ptr<Head> fit_head(const HeadData& data, const HeadSpec& spec) {
  PUENTE_ASSERT(static_cast<int64_t>(data.label.size()) == data.features.rows);
  if (data.validation.empty()) {
    fail("the head '{}' has no validation rows to choose by", spec.text());
  }
  balanced_class_weights(data.label, data.train, data.classes);  // every class has rows
  switch (spec.kind) {
    case HeadKind::logistic:
    case HeadKind::ridge:
    case HeadKind::lda:
      return fit_linear(data, spec.kind);
    case HeadKind::knn:
      return std::make_unique<NeighboursHead>(choose_neighbours(data));
    case HeadKind::prototypes:
      return std::make_unique<PrototypesHead>(fit_prototypes(data));
  }
  PUENTE_ASSERT(false);
  return nullptr;
}

}  // namespace puente
