// What single fields and the whole prompt say about the class without any model.
#include <algorithm>
#include <cmath>
#include <utility>

#include "audit/checks.h"
#include "audit/group_permutation.h"
#include "audit/lookup.h"
#include "base/error.h"

namespace puente::audit_detail {
namespace {

// What counts as many rows: of all, or of a class.
constexpr double kManyOfAll = 0.05;
constexpr double kManyOfClass = 0.2;
// From here on a field, or a prompt, is the label by another name.
constexpr double kNearlyAll = 0.95;
constexpr size_t kShownValues = 3;

int32_t classes_of(const AuditInput& input) { return static_cast<int32_t>(input.labels.count()); }

int64_t rows_in(const std::vector<GivenAway>& values) {
  int64_t rows = 0;
  for (const GivenAway& value : values) rows += value.rows;
  return rows;
}

/// The largest share that a class loses to `values`.
double largest_share_of_class(const AuditInput& input, const std::vector<GivenAway>& values) {
  const std::vector<int64_t> sizes = input.labels.sizes();
  std::vector<double> given(sizes.size());
  for (const GivenAway& value : values) {
    given[static_cast<size_t>(value.label)] += static_cast<double>(value.rows) * value.purity;
  }
  double largest = 0;
  for (size_t k = 0; k < sizes.size(); ++k) {
    if (sizes[k] > 0) largest = std::max(largest, given[k] / static_cast<double>(sizes[k]));
  }
  return largest;
}

Severity severity_of(const FieldFact& fact, double share, double share_of_class) {
  if (fact.forbidden()) return Severity::error;
  if (share < kManyOfAll && share_of_class < kManyOfClass) return Severity::note;
  if (fact.known == Known::undeclared && share >= kNearlyAll) return Severity::error;
  return Severity::warning;
}

std::string advice_for(const std::string& field, const FieldFact& fact) {
  if (fact.forbidden()) {
    return fmt::format("take '{}' out of the prompt: it is known {} only", field,
                       fact.known == Known::after ? "after the diagnosis" : "with the reading");
  }
  if (fact.known == Known::undeclared) {
    return fmt::format(
        "find out when '{}' is written; if it follows from the diagnosis, take it out of the "
        "prompt, else declare [fields.{}] known = \"before\"",
        field, field);
  }
  return fmt::format("make sure that '{}' is really there when the model is asked", field);
}

/// "'follow_up' is always nv (3,154 rows of 2,336 groups; nv is 66.9 % of all)"
std::string described(const AuditInput& input, const Categories& values,
                      std::vector<GivenAway> given) {
  std::stable_sort(given.begin(), given.end(),
                   [](const GivenAway& a, const GivenAway& b) { return a.rows > b.rows; });
  const std::vector<int64_t> sizes = input.labels.sizes();
  const auto rows = static_cast<double>(input.labels.of_row.size());
  std::string text;
  for (size_t i = 0; i < std::min(given.size(), kShownValues); ++i) {
    const GivenAway& g = given[i];
    const std::string& label = input.labels.names[static_cast<size_t>(g.label)];
    text += fmt::format("{}'{}' is {} {} ({}{}; {} is {} of all)", i > 0 ? ", " : "",
                        values.names[static_cast<size_t>(g.value)],
                        g.purity == 1 ? "always" : "in " + percent(g.purity), label,
                        counted(g.rows, "row"),
                        input.group.empty() ? "" : " of " + counted(g.groups, "group"), label,
                        percent(static_cast<double>(sizes[static_cast<size_t>(g.label)]) / rows));
  }
  if (given.size() > kShownValues) {
    text += fmt::format(" and {} more values", given.size() - kShownValues);
  }
  return text;
}

/// A column's values as a lookup table may take them: as they stand, in bins, cut in three.
class Readings {
 public:
  Readings(const std::vector<std::string>& values, const Categories& groups)
      : groups_(groups), cuts_(values) {
    add(distinct(values));
    if (cuts_.possible()) add(binned(values));
  }

  /// How many values check_determines() asks about. Where the cuts may fall is about as much
  /// choice as there are bins.
  int64_t tests() const {
    int64_t sum = cuts_.possible() ? lookups_.back().tested_values() : 0;
    for (const Lookup& lookup : lookups_) sum += lookup.tested_values();
    return sum;
  }

  /// The reading with the largest `score(lookup)`, the first on ties, and that score.
  template <class Score>
  std::pair<Categories, double> best(const std::vector<int32_t>& labels, int32_t classes,
                                     const Score& score) const {
    size_t place = 0;
    double largest = score(lookups_[0]);
    for (size_t i = 1; i < lookups_.size(); ++i) {
      if (const double value = score(lookups_[i]); value > largest) {
        place = i;
        largest = value;
      }
    }
    if (cuts_.possible()) {
      Categories cut = cuts_.cut(labels, classes);
      if (const double value = score(Lookup(cut, groups_)); value > largest) {
        return {std::move(cut), value};
      }
    }
    return {values_[place], largest};
  }

 private:
  void add(Categories values) {
    lookups_.emplace_back(values, groups_);
    values_.push_back(std::move(values));
  }
  const Categories& groups_;
  Cuts cuts_;
  std::vector<Categories> values_;
  std::vector<Lookup> lookups_;  // of values_
};

/// Whether the class can be read off the field; false where it cannot. `tests`: of all fields.
bool check_determines(const AuditInput& input, const std::string& field, const Readings& readings,
                      int64_t tests, Findings& findings) {
  const auto best = [&](const std::vector<int32_t>& labels) {
    return readings.best(labels, classes_of(input), [&](const Lookup& lookup) {
      return static_cast<double>(rows_in(lookup.given_away(labels, classes_of(input), tests)));
    });
  };
  const Categories values = best(input.labels.of_row).first;
  const std::vector<GivenAway> given =
      Lookup(values, input.groups).given_away(input.labels.of_row, classes_of(input), tests);
  if (given.empty()) return false;
  const PermutationTest test =
      permutation_test(input.labels, input.groups, input.seed, input.threads,
                       [&](const std::vector<int32_t>& labels) { return best(labels).second; });
  if (!test.significant()) return false;

  std::vector<bool> is_given(values.names.size());
  for (const GivenAway& value : given) is_given[static_cast<size_t>(value.value)] = true;
  std::vector<int32_t> rows;
  for (size_t row = 0; row < values.of_row.size(); ++row) {
    if (is_given[static_cast<size_t>(values.of_row[row])]) {
      rows.push_back(static_cast<int32_t>(row));
    }
  }
  const double share = static_cast<double>(rows.size()) / static_cast<double>(values.of_row.size());
  const FieldFact fact = input.facts.of(field);
  findings.push_back(
      make_finding(input, severity_of(fact, share, largest_share_of_class(input, given)),
                   "field-determines", share,
                   fmt::format("field '{}' gives the class of {} away ({} of all, p = {:.3f}): {}",
                               field, counted(static_cast<int64_t>(rows.size()), "row"),
                               percent(share), test.p, described(input, values, given)),
                   advice_for(field, fact), rows));
  return true;
}

void check_predicts(const AuditInput& input, const std::string& field, const Readings& readings,
                    Findings& findings) {
  const auto accuracy_of = [&](const std::vector<int32_t>& labels) {
    const auto score = [&](const Lookup& lookup) {
      return lookup.accuracy(labels, classes_of(input));
    };
    return readings.best(labels, classes_of(input), score).second;
  };
  const auto gain = [&](const std::vector<int32_t>& labels) {
    std::vector<int64_t> sizes(input.labels.names.size());
    for (int32_t label : labels) ++sizes[static_cast<size_t>(label)];
    return accuracy_of(labels) -
           static_cast<double>(*std::max_element(sizes.begin(), sizes.end())) /
               static_cast<double>(labels.size());
  };
  const PermutationTest test =
      permutation_test(input.labels, input.groups, input.seed, input.threads, gain);
  if (!test.significant() || test.observed <= 0) return;
  const double accuracy = accuracy_of(input.labels.of_row);
  findings.push_back(make_finding(
      input, Severity::note, "field-predicts", test.observed,
      fmt::format("field '{}' predicts: alone, as a lookup table, it is right in {} of the rows, "
                  "the commonest class in {} (p = {:.3f})",
                  field, percent(accuracy), percent(accuracy - test.observed), test.p),
      "nothing, if the field is known before the image is read; predicting is not leaking",
      all_rows(input)));
}

}  // namespace

void check_field_values(const AuditInput& input, Findings& findings) {
  std::vector<std::pair<std::string, Readings>> fields;
  int64_t tests = 0;
  for (const std::string& field : input.fields) {
    if (field == input.label) continue;  // check_label_in_text has said it
    const Column& column = column_of(input, field, "field");
    fields.emplace_back(field, Readings(column.values, input.groups));
    tests += fields.back().second.tests();
  }
  for (const auto& [field, readings] : fields) {
    if (!check_determines(input, field, readings, tests, findings)) {
      check_predicts(input, field, readings, findings);
    }
  }
}

void check_prompt_lookup(const AuditInput& input, Findings& findings) {
  if (input.texts.empty() || input.groups.count() < 2) return;
  const Evaluation lookup =
      cross_validated_lookup(distinct(input.texts), input.labels, input.groups, input.seed);
  const Evaluation majority = cross_validated_majority(input.labels, input.groups, input.seed);
  if (lookup.accuracy <= majority.accuracy && lookup.macro_f1 <= majority.macro_f1) return;
  const bool is_label =
      lookup.accuracy >= kNearlyAll && 1 - lookup.accuracy <= 0.1 * (1 - majority.accuracy);
  const bool all_declared =
      !input.fields.empty() &&
      std::all_of(input.fields.begin(), input.fields.end(), [&](const std::string& field) {
        const FieldFact fact = input.facts.of(field);
        return field != input.label && fact.known != Known::undeclared && !fact.forbidden();
      });
  const Severity severity = !is_label      ? Severity::note
                            : all_declared ? Severity::warning
                                           : Severity::error;
  findings.push_back(make_finding(
      input, severity, "prompt-lookup", lookup.accuracy,
      fmt::format("the whole text as a lookup table, without any model, is right in {} of the rows "
                  "(macro F1 {:.3f}); the commonest class in {} ({:.3f})",
                  percent(lookup.accuracy), lookup.macro_f1, percent(majority.accuracy),
                  majority.macro_f1),
      is_label ? "find what in the prompt tells the class, and when it is written"
               : "hold every figure of a model that reads the text against this one",
      all_rows(input)));
}

}  // namespace puente::audit_detail
