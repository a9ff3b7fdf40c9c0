// What each half of a record says alone, to the plainest classifier: which of them carries the
// figure, and whether one carries nearly all of it. It is to take seconds, so large tables are
// tried by a few thousand rows, wide vectors by random projections of them (which keep distances:
// Johnson and Lindenstrauss 1984), and the two halves together by the mean of their answers.
#include <algorithm>
#include <array>
#include <fmt/ranges.h>
#include <optional>
#include <span>
#include <utility>

#include "audit/checks.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/rng.h"
#include "base/threads.h"
#include "data/folds.h"
#include "data/groups.h"
#include "data/rows_at.h"
#include "data/split.h"
#include "eval/metrics.h"
#include "eval/paired.h"
#include "heads/features.h"
#include "heads/learning_curve.h"
#include "heads/linear_scores.h"
#include "heads/logistic.h"
#include "heads/tabular.h"
#include "tensor/products.h"

namespace puente::audit_detail {
namespace {

constexpr int kFolds = 5;
constexpr int64_t kMostRows = 3000;
constexpr int64_t kWidest = 512;
constexpr int64_t kNarrowColumns = 64;
constexpr std::array kStrengths = {1e-4, 1e-3, 1e-2};
constexpr double kTolerance = 1e-2;
constexpr uint64_t kStream = 0x48616c766573;  // "Halves"; see base/rng.h
constexpr double kNearlyPerfect = 0.99;       // AUC

/// Trained on three folds, its strength chosen on the fourth, scored on the fifth.
struct Parts {
  std::vector<int32_t> train, validation, test;
};

/// The rows that can be tried: of classes that are in enough groups, numbered anew.
struct Trial {
  std::vector<int32_t> rows;          // of the input
  Categories labels;                  // of those rows
  std::vector<std::string> left_out;  // "vasc (2 groups)"
  std::vector<Parts> parts;           // numbers into rows; every row is in one test

  int64_t classes() const { return labels.count(); }
};

/// The classes of `rows`, without the names that do not occur.
Categories occurring(const Categories& labels, const std::vector<int32_t>& rows) {
  Categories own;
  std::vector<int32_t> number(labels.names.size(), -1);
  const std::vector<int32_t> of_row = labels_at(labels.of_row, rows);
  for (const int32_t label : of_row) number[static_cast<size_t>(label)] = 0;
  for (size_t k = 0; k < number.size(); ++k) {
    if (number[k] < 0) continue;
    number[k] = static_cast<int32_t>(own.names.size());
    own.names.push_back(labels.names[k]);
  }
  for (const int32_t label : of_row) own.of_row.push_back(number[static_cast<size_t>(label)]);
  return own;
}

/// Whole groups by lot, every class among them, where the rows are many.
std::vector<int32_t> drawn_rows(const AuditInput& input) {
  std::vector<int32_t> rows = all_rows(input);
  if (static_cast<int64_t>(rows.size()) <= kMostRows) return rows;
  const double share = static_cast<double>(kMostRows) / static_cast<double>(rows.size());
  return learning_curve(input.labels, input.groups, rows, {&share, 1}, input.seed).front().rows;
}

/// UserError that says why the rows cannot be tried.
Trial trial_of(const AuditInput& input) {
  const std::vector<int32_t> drawn = drawn_rows(input);
  KeptClasses kept =
      keep_classes(categories_at(input.labels, drawn), categories_at(input.groups, drawn), kFolds);
  Trial trial{labels_at(drawn, kept.rows), {}, std::move(kept.left_out), {}};
  trial.labels = occurring(input.labels, trial.rows);
  if (trial.classes() < 2) fail("fewer than two classes are in {} groups or more", kFolds);
  const std::vector<int32_t> all = first_numbers(trial.rows.size());
  const auto folds =
      grouped_folds(trial.labels, categories_at(input.groups, trial.rows), all, kFolds, input.seed);
  for (size_t fold = 0; fold < folds.size(); ++fold) {
    const size_t next = (fold + 1) % folds.size();
    Parts parts{rows_without(rows_without(all, folds[fold]), folds[next]), folds[next],
                folds[fold]};
    if (const auto k = untrained_class(trial.labels, all, parts.train)) {
      fail("the groups mix the classes so much that class {} would not be trained",
           trial.labels.names[static_cast<size_t>(*k)]);
    }
    trial.parts.push_back(std::move(parts));
  }
  return trial;
}

enum class Half { image, text, both, columns };

/// Standardised, and no wider than kWidest.
Matrix narrowed(const Matrix& vectors, uint64_t seed) {
  if (vectors.cols() <= kWidest) return vectors;
  const Matrix scaled =
      Standardiser(vectors.view(), first_numbers(static_cast<size_t>(vectors.rows())))
          .apply(vectors.view());
  BasicMatrix<double> directions(kWidest, vectors.cols());
  Rng rng(seed, kStream);
  for (int64_t i = 0; i < directions.size(); ++i) {
    directions.data()[i] = rng.below(2) == 0 ? -1 : 1;
  }
  BasicMatrix<double> product(vectors.rows(), kWidest);
  multiply_by_transposed<float>(scaled.view(), directions.view(), product.view());
  Matrix result(product.rows(), product.cols());
  std::copy_n(product.data(), product.size(), result.data());
  return result;
}

/// The columns as features, by what the training rows hold.
Matrix columns_of(const AuditInput& input, const Trial& trial, const Parts& parts) {
  std::vector<Column> columns;
  for (const std::string& name : input.tabular) {
    const Column& from = column_of(input, name, "column of --tabular");
    Column& own = columns.emplace_back(Column{name, {}});
    for (const int32_t row : trial.rows) {
      own.values.push_back(from.values[static_cast<size_t>(row)]);
    }
  }
  return TabularFeatures(columns, parts.train, "--tabular").apply(columns, "--tabular");
}

/// Probabilities for the test rows of `parts`.
Matrix answers(const Trial& trial, const Parts& parts, const Matrix& features) {
  const Matrix scaled = Standardiser(features.view(), parts.train).apply(features.view());
  const HeadData data{scaled.view(), trial.labels.of_row, trial.classes(), parts.train,
                      parts.validation};
  const LogisticChoice choice = features.cols() <= kNarrowColumns
                                    ? choose_logistic(data, logistic_strengths(), kTolerance)
                                    : choose_logistic(data, kStrengths, kTolerance);
  return to_probabilities(choice.model.scores(scaled, parts.test));
}

/// Every row of the trial scored by a classifier that has not seen its group.
std::vector<Evaluation> scores_of(const AuditInput& input, const Trial& trial,
                                  const std::vector<Half>& halves) {
  std::vector<Half> fitted = halves;
  std::erase(fitted, Half::both);
  std::vector<Matrix> vectors;
  for (const Half half : fitted) {
    if (half == Half::columns) continue;
    const Matrix& whole = half == Half::image ? *input.image : *input.text;
    vectors.push_back(narrowed(rows_at(whole, trial.rows), input.seed));
  }
  const size_t folds = trial.parts.size();
  std::vector<Predictions> predictions(
      fitted.size(),
      {Matrix(static_cast<int64_t>(trial.rows.size()), trial.classes()), trial.labels.of_row});
  parallel_for(static_cast<int64_t>(fitted.size() * folds), input.threads, [&](int64_t item, int) {
    check_interrupt();
    const size_t h = static_cast<size_t>(item) / folds;
    const Parts& parts = trial.parts[static_cast<size_t>(item) % folds];
    const Matrix p = answers(
        trial, parts, fitted[h] == Half::columns ? columns_of(input, trial, parts) : vectors[h]);
    for (int64_t i = 0; i < p.rows(); ++i) {
      std::ranges::copy(p.row_span(i),
                        predictions[h].probabilities.row(parts.test[static_cast<size_t>(i)]));
    }
  });
  std::vector<Evaluation> scores;
  for (const Half half : halves) {
    scores.push_back(evaluate(
        half == Half::both
            ? mean_of(std::span(predictions).first(2))
            : predictions[static_cast<size_t>(std::ranges::find(fitted, half) - fitted.begin())]));
  }
  return scores;
}

std::vector<Half> halves_of(const AuditInput& input) {
  std::vector<Half> halves;
  if (input.image != nullptr) halves.push_back(Half::image);
  if (input.text != nullptr) halves.push_back(Half::text);
  if (input.image != nullptr && input.text != nullptr) halves.push_back(Half::both);
  if (!input.tabular.empty()) halves.push_back(Half::columns);
  return halves;
}

std::string advice_for(const AuditInput& input, Half half, bool nearly_all) {
  if (half == Half::both) return "nothing: what the two halves say together";
  if (half == Half::image) {
    return nearly_all ? "see what in the images tells the class (marks, borders, the camera): "
                        "so easy a task is rare"
                      : "nothing: this is what the images say";
  }
  std::vector<std::string> late, undeclared;
  const std::vector<std::string>& fields = half == Half::text ? input.fields : input.tabular;
  for (const std::string& field : fields) {
    const FieldFact fact = input.facts.of(field);
    if (fact.forbidden() || field == input.label) late.push_back(field);
    if (fact.known == Known::undeclared) undeclared.push_back(field);
  }
  const char* where = half == Half::text ? "text" : "columns";
  if (!late.empty()) {
    return fmt::format("take {} out: nobody has it when the model is asked", listed(late));
  }
  if (nearly_all) {
    return fmt::format(
        "find what in the {} tells the class, and when it is written: alone it is a lookup table "
        "of the answer",
        where);
  }
  if (fields.empty()) {
    return "see that what the text says is known before the image is read: then it may predict";
  }
  if (!undeclared.empty()) {
    return fmt::format(
        "say when {} {} known (--facts): what is known before the image is read may "
        "predict, and is no leak",
        listed(undeclared), undeclared.size() == 1 ? "is" : "are");
  }
  return fmt::format("nothing: {} {} known before the image is read, so predicting is not leaking",
                     listed(fields), fields.size() == 1 ? "is" : "are");
}

struct Name {
  const char* check;
  const char* what;
};

Name name_of(Half half) {
  switch (half) {
    case Half::image:
      return {"image-alone", "the images alone"};
    case Half::text:
      return {"text-alone", "the texts alone"};
    case Half::both:
      return {"halves-together", "images and texts, the mean of their answers,"};
    case Half::columns:
      return {"columns-alone", "the columns of --tabular alone"};
  }
  PUENTE_ASSERT(false);
}

}  // namespace

void check_halves(const AuditInput& input, Findings& findings) {
  const std::vector<Half> halves = halves_of(input);
  if (!input.try_halves || halves.empty()) return;
  std::optional<Trial> trial;
  try {
    trial = trial_of(input);
  } catch (const UserError& problem) {  // of the table, not of what was asked
    findings.push_back(make_finding(
        input, Severity::note, "halves-untried", 0,
        fmt::format("what each half says alone was not tried: {}", problem.what()), "nothing", {}));
    return;
  }
  const std::vector<Evaluation> scores = scores_of(input, *trial, halves);
  for (size_t i = 0; i < halves.size(); ++i) {
    const Evaluation& s = scores[i];
    const bool nearly_all = s.auc >= kNearlyPerfect;
    const Name name = name_of(halves[i]);
    std::string message = fmt::format(
        "{} tell a logistic regression the class with AUC {:.3f} and macro F1 {:.3f} in groups "
        "that "
        "it has not seen",
        name.what, s.auc, s.macro_f1);
    if (trial->rows.size() < input.labels.of_row.size()) {
      message += fmt::format(" ({} of {})", trial->rows.size(),
                             counted(static_cast<int64_t>(input.labels.of_row.size()), "row"));
    }
    if (!trial->left_out.empty()) {
      message += fmt::format(" (without {})", fmt::join(trial->left_out, ", "));
    }
    const bool warn = nearly_all && halves[i] != Half::both;
    findings.push_back(make_finding(input, warn ? Severity::warning : Severity::note, name.check,
                                    s.auc, std::move(message),
                                    advice_for(input, halves[i], nearly_all), trial->rows));
  }
}

}  // namespace puente::audit_detail
