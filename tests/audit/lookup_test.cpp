#include "audit/lookup.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

#include "audit/checks.h"
#include "base/rng.h"
#include "formats/json.h"
#include "support/files.h"

namespace puente {
namespace {

Categories numbered(const std::vector<int32_t>& of_row, int32_t count) {
  Categories result;
  for (int32_t i = 0; i < count; ++i) result.names.push_back(std::to_string(i));
  result.of_row = of_row;
  return result;
}

TEST(Lookup, AccuracyIsThatOfPlainLoops) {
  const Json golden = read_json(test::golden("audit.json"));
  for (const Json& c : golden["lookup"]) {
    const Categories values = numbered(c["value"], c["values"]);
    const Categories groups = numbered(c["group"], c["groups"]);
    EXPECT_DOUBLE_EQ(Lookup(values, groups).accuracy(c["label"], c["classes"]), c["accuracy"]);
  }
}

TEST(Lookup, CramersVIsScipys) {
  const Json golden = read_json(test::golden("audit.json"));
  for (const Json& c : golden["lookup"]) {
    const Categories values = numbered(c["value"], c["values"]);
    EXPECT_NEAR(audit_detail::cramers_v(values, c["label"], c["classes"]), c["cramer"], 1e-12);
  }
  EXPECT_TRUE(std::isnan(audit_detail::cramers_v(numbered({0, 0}, 1), {0, 1}, 2)));
}

TEST(Lookup, FiveGroupsAreFiveFolds) {
  const Json golden = read_json(test::golden("audit.json"));
  const Json& c = golden["five_groups"];
  const Categories values = numbered(c["value"], c["values"]);
  const Categories groups = numbered(c["group"], c["groups"]);
  const Categories labels = numbered(c["label"], c["classes"]);
  EXPECT_DOUBLE_EQ(cross_validated_lookup(values, labels, groups, 1).accuracy, c["folds"]);
}

TEST(Lookup, CutsAreThoseOfATree) {
  // 30 numbers: class 1 from 7 to 12, class 0 elsewhere.
  std::vector<std::string> values;
  std::vector<int32_t> labels;
  for (int i = 29; i >= 0; --i) {
    values.push_back(std::to_string(i));
    labels.push_back(i >= 7 && i <= 12);
  }
  values.push_back("");
  labels.push_back(1);
  const Cuts cuts(values);
  ASSERT_TRUE(cuts.possible());
  const Categories cut = cuts.cut(labels, 2);
  EXPECT_EQ(cut.names, (std::vector<std::string>{"0 to 6", "7 to 12", "13 to 29", ""}));
  EXPECT_EQ(cut.of_row[29 - 7], 1);
  EXPECT_EQ(cut.of_row[29 - 13], 2);
  EXPECT_EQ(cut.of_row[30], 3);
  EXPECT_EQ(cuts.cut(std::vector<int32_t>(31, 0), 2).names.front(), "0 to 29");
  const std::vector<std::string> few = {"1", "2", "3"};
  EXPECT_FALSE(Cuts(few).possible());
}

TEST(Lookup, BinomialTailIsScipys) {
  const Json golden = read_json(test::golden("audit.json"));
  for (const Json& c : golden["binomial"]) {
    const double expected = c[3];
    EXPECT_NEAR(binomial_tail(c[0], c[1], c[2]), expected, 1e-11 * expected) << c.dump();
  }
  EXPECT_EQ(binomial_tail(3, 5, 0.0), 0);
  EXPECT_EQ(binomial_tail(3, 5, 1.0), 1);
}

TEST(Lookup, AValueOfOneGroupSaysNothing) {
  // Every group has its own value: an id. The commonest class of all is what is left.
  const std::vector<int32_t> group = {0, 0, 1, 1, 2, 2, 3};
  const std::vector<int32_t> label = {0, 0, 1, 1, 1, 1, 0};
  const Lookup lookup(numbered(group, 4), numbered(group, 4));
  EXPECT_DOUBLE_EQ(lookup.accuracy(label, 2), 4.0 / 7);
  EXPECT_TRUE(lookup.given_away(label, 2, lookup.tested_values()).empty());
}

TEST(Lookup, GivenAwayNeedsPurityGroupsAndSurprise) {
  // 78 rows alone: value 0 is always class 1, value 1 mostly, value 2 has few groups.
  std::vector<int32_t> value, label;
  const auto add = [&](int rows, int32_t v, int32_t k) {
    value.insert(value.end(), static_cast<size_t>(rows), v);
    label.insert(label.end(), static_cast<size_t>(rows), k);
  };
  add(30, 0, 1);
  add(9, 1, 1);
  add(3, 1, 0);
  add(4, 2, 1);
  add(32, 3, 0);
  const auto rows = static_cast<int64_t>(value.size());
  const Lookup lookup(numbered(value, 4), each_row_alone(rows));
  const std::vector<GivenAway> given = lookup.given_away(label, 2, lookup.tested_values());
  EXPECT_EQ(lookup.tested_values(), 3);
  ASSERT_EQ(given.size(), 2u);
  EXPECT_EQ(given[0].value, 0);
  EXPECT_EQ(given[0].label, 1);
  EXPECT_EQ(given[0].rows, 30);
  EXPECT_EQ(given[0].groups, 30);
  EXPECT_EQ(given[0].purity, 1);
  EXPECT_EQ(given[1].value, 3);
  // 1 - (1 - 43 / 78) / 2 to the power of 30 is 0.0005: too likely for the purest of many values.
  EXPECT_EQ(lookup.given_away(label, 2, 20).size(), 2u);
  EXPECT_EQ(lookup.given_away(label, 2, 21).size(), 1u);

  // The same rows as those of three patients: nothing is left of it.
  std::vector<int32_t> patient;
  for (int64_t i = 0; i < rows; ++i) patient.push_back(static_cast<int32_t>(i * 3 / rows));
  EXPECT_TRUE(Lookup(numbered(value, 4), numbered(patient, 3)).given_away(label, 2, 1).empty());

  // Thirty of a class that nearly everybody has are no surprise.
  std::vector<int32_t> nearly_all(value.size(), 1);
  nearly_all.back() = 0;
  for (const GivenAway& g : lookup.given_away(nearly_all, 2, 3)) EXPECT_NE(g.value, 0);
  EXPECT_TRUE(lookup.given_away(std::vector<int32_t>(value.size(), 1), 2, 3).empty());
}

TEST(Lookup, RowsOfAGroupCountAsFarAsTheirClassesDiffer) {
  // Twelve groups of four rows with value 0, always class 0, and three with value 1, class 1 but in
  // three groups. scipy's f_oneway of class 0 by group gives F = 1.2273, hence an intraclass
  // correlation of (F - 1) / (F + 6) = 0.0314, a design effect of 1.0943, and 43 rows' worth of 48;
  // scipy's binom.sf(42, 43, 1 - (1 - 57 / 84) / 2) = 0.00053 is 0.01 over 18.7.
  std::vector<int32_t> value, label, group;
  for (int32_t g = 0; g < 12; ++g) {
    for (int row = 0; row < 7; ++row) {
      value.push_back(row < 4 ? 0 : 1);
      label.push_back(row < 4 || g >= 9 ? 0 : 1);
      group.push_back(g);
    }
  }
  const Lookup lookup(numbered(value, 2), numbered(group, 12));
  EXPECT_EQ(lookup.given_away(label, 2, 18).size(), 1u);
  EXPECT_TRUE(lookup.given_away(label, 2, 19).empty());

  // Groups of one class each count once, however many rows they have.
  for (size_t row = 0; row < label.size(); ++row) {
    value[row] = label[row] = group[row] < 6 ? 0 : 1;
  }
  EXPECT_TRUE(Lookup(numbered(value, 2), numbered(group, 12)).given_away(label, 2, 1).empty());
}

/// A field that predicts: its first value is half as frequent in class 1 as in class 0, its last
/// one and a half times. All rows of a patient share it.
std::vector<int32_t> honest_field(const std::vector<int32_t>& label,
                                  const std::vector<int32_t>& patient, int32_t values, Rng& rng) {
  std::vector<double> odds;  // of a value among class 1, as its weight among class 0 is 1
  for (int32_t v = 0; v < values; ++v) odds.push_back(0.5 + 1.0 * v / (values - 1));
  std::vector<int32_t> field;
  for (size_t row = 0; row < label.size(); ++row) {
    if (row > 0 && patient[row] == patient[row - 1]) {
      field.push_back(field.back());
      continue;
    }
    int32_t v = 0;
    do {
      v = static_cast<int32_t>(rng.below(static_cast<uint64_t>(values)));
    } while (label[row] == 1 && rng.uniform() * 1.5 > odds[static_cast<size_t>(v)]);
    field.push_back(v);
  }
  return field;
}

TEST(Lookup, OfHonestTablesAtMostOneInAHundredSeemsToGiveTheClassAway) {
  // Predictive fields of 4 to 7 values in tables where 80 % are "no". Were each field asked alone,
  // and the tail taken as if values told nothing, 6 % of such tables would seem to.
  constexpr int kTables = 200;
  int seeming = 0;
  for (uint64_t seed = 0; seed < kTables; ++seed) {
    Rng rng(seed);
    std::vector<int32_t> label, patient;
    int32_t patients = 0;
    for (; label.size() < 400; ++patients) {
      const int32_t own = rng.uniform() < 0.2 ? 1 : 0;
      for (uint64_t picture = 0; picture <= rng.below(3); ++picture) {
        label.push_back(own);
        patient.push_back(patients);
      }
    }
    const Categories groups = numbered(patient, patients);
    std::vector<Lookup> fields;
    int64_t tests = 0;
    for (const int32_t values : {4, 5, 6, 7}) {
      fields.emplace_back(numbered(honest_field(label, patient, values, rng), values), groups);
      tests += fields.back().tested_values();
    }
    EXPECT_EQ(tests, 22);
    seeming += std::ranges::any_of(
        fields, [&](const Lookup& field) { return !field.given_away(label, 2, tests).empty(); });
  }
  EXPECT_LE(seeming, kTables / 100);
}

TEST(Lookup, CrossValidatedOverGroups) {
  // The value is the patient: what a split by row would call perfect is the commonest class.
  std::vector<int32_t> patient, label;
  for (int32_t i = 0; i < 120; ++i) {
    patient.push_back(i / 4);
    label.push_back(i / 4 % 3 == 0);
  }
  const Categories patients = numbered(patient, 30);
  const Categories labels = numbered(label, 2);
  const Evaluation lookup = cross_validated_lookup(patients, labels, patients, 1);
  EXPECT_DOUBLE_EQ(lookup.accuracy, 2.0 / 3);
  EXPECT_DOUBLE_EQ(lookup.accuracy, cross_validated_majority(labels, patients, 1).accuracy);
  EXPECT_DOUBLE_EQ(cross_validated_lookup(labels, labels, patients, 1).macro_f1, 1);
  EXPECT_DOUBLE_EQ(cross_validated_lookup(labels, labels, numbered(label, 2), 1).accuracy, 0);
}

TEST(Lookup, Bins) {
  std::vector<std::string> values;
  for (int i = 0; i < 100; ++i) values.push_back(std::to_string(i));
  values.push_back("");
  values.push_back("many");
  const Categories bins = binned(values);
  EXPECT_EQ(bins.names.size(), 22u);
  EXPECT_EQ(bins.names[0], "0 to 4");
  EXPECT_EQ(bins.of_row[4], 0);
  EXPECT_EQ(bins.of_row[5], 1);
  EXPECT_EQ(bins.names.back(), "many");

  std::vector<std::string> tied(50, "7");
  for (int i = 0; i < 30; ++i) tied.push_back(std::to_string(100 + i));
  const Categories of_tied = binned(tied);
  EXPECT_EQ(of_tied.names[0], "7 to 7");
  EXPECT_EQ(of_tied.of_row[49], 0);
  EXPECT_NE(of_tied.of_row[50], 0);

  EXPECT_EQ(binned({"a", "b", "a"}).names.size(), 2u);
  EXPECT_EQ(binned({"1", "2", "1"}).names, (std::vector<std::string>{"1", "2"}));
}

}  // namespace
}  // namespace puente
