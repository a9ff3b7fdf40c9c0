#include "experiment/protocol.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

#include "support/files.h"
#include "support/made_table.h"

namespace puente {
namespace {

Dataset protocol_dataset(const test::MadeTable& made = {}) {
  return make_dataset(test::made_table(made), {.label = "dx", .group = "patient"});
}

void add_column(Dataset& dataset, const std::string& name,
                const std::function<std::string(size_t)>& value) {
  Column& column = dataset.table.columns.emplace_back(Column{name, {}});
  for (size_t i = 0; i < dataset.labels.of_row.size(); ++i) column.values.push_back(value(i));
}

TEST(Protocol, IsReadAsItIsWritten) {
  for (const char* text : {"holdout", "kfold:10", "kfold:5x3", "time:week", "site:a:b", "paper"}) {
    EXPECT_EQ(ProtocolOptions::parse(text).text(), text);
  }
  EXPECT_EQ(ProtocolOptions::parse("kfold").text(), "kfold:5");
  EXPECT_EQ(ProtocolOptions::parse("site:a:b").column, "a:b");
  for (const char* text : {"", "holdout:2", "kfold:1", "kfold:5x0", "kfold:5x", "kfold:x3",
                           "kfold:101", "time", "time:", "site:", "random"}) {
    test::expect_user_error([&] { ProtocolOptions::parse(text); }, "kfold:FOLDSxREPEATS");
  }
}

TEST(Protocol, FewRowsLetInnerFoldsChoose) {
  const Dataset dataset = protocol_dataset();
  ASSERT_LT(dataset.rows(), 1000);
  const Split few = make_split(dataset, {});
  EXPECT_FALSE(few.inner.empty());
  EXPECT_TRUE(few.validation.empty());
  const Split asked = make_split(dataset, {.chooser = Chooser::validation});
  EXPECT_TRUE(asked.inner.empty());
  EXPECT_FALSE(asked.validation.empty());
  EXPECT_EQ(few.test, asked.test);
  EXPECT_EQ(few.train.size(), asked.train.size() + asked.validation.size());
}

TEST(Protocol, ManyRowsHaveValidationRowsUnlessAClassHasFew) {
  const Dataset many = protocol_dataset({.rows = 3000});
  EXPECT_TRUE(make_split(many, {}).inner.empty());
  // 3,000 rows, of which 200 are of class c: some 16 of them would validate.
  EmbeddingTable table = test::made_table({.rows = 3000});
  for (Column& column : table.columns) {
    if (column.name != "dx") continue;
    int64_t kept = 0;
    for (std::string& value : column.values) {
      if (value == "c" && ++kept > 200) value = "a";
    }
  }
  const Dataset rare = make_dataset(std::move(table), {.label = "dx", .group = {}});
  EXPECT_FALSE(make_split(rare, {}).inner.empty());
}

TEST(Protocol, NoGroupIsInTwoParts) {
  Dataset dataset = protocol_dataset();
  add_column(dataset, "week", [](size_t i) { return std::to_string(i % 50); });
  add_column(dataset, "site", [](size_t i) { return std::string(1, "xyz"[i % 3]); });
  for (const char* text : {"holdout", "kfold:4x2", "time:week", "site:site"}) {
    for (const Chooser chooser : {Chooser::validation, Chooser::folds}) {
      ProtocolOptions options = ProtocolOptions::parse(text);
      options.chooser = chooser;
      for (const NamedSplit& one : make_splits(dataset, options)) {
        const Split& s = one.split;
        std::vector<std::set<int32_t>> groups;
        std::vector<std::vector<int32_t>> parts = s.inner;
        if (s.inner.empty()) parts = {s.train, s.validation};
        parts.push_back(s.test);
        size_t rows = s.left_out.size();
        for (const std::vector<int32_t>& part : parts) {
          rows += part.size();
          EXPECT_TRUE(std::ranges::is_sorted(part));
          std::set<int32_t>& own = groups.emplace_back();
          for (int32_t row : part) own.insert(dataset.groups.of_row[static_cast<size_t>(row)]);
        }
        EXPECT_EQ(rows, dataset.labels.of_row.size()) << text << " " << one.name;
        for (size_t a = 0; a < groups.size(); ++a) {
          for (size_t b = a + 1; b < groups.size(); ++b) {
            for (int32_t group : groups[a]) EXPECT_FALSE(groups[b].contains(group)) << text;
          }
        }
        if (!s.inner.empty()) {
          std::vector<int32_t> all;
          for (const auto& fold : s.inner) all.insert(all.end(), fold.begin(), fold.end());
          std::ranges::sort(all);
          EXPECT_EQ(all, s.train);
        }
      }
    }
  }
}

TEST(Protocol, KfoldScoresEveryRowOncePerRepeat) {
  const Dataset dataset = protocol_dataset();
  const auto splits = make_splits(dataset, ProtocolOptions::parse("kfold:5x2"));
  ASSERT_EQ(splits.size(), 10u);
  for (int repeat : {0, 1}) {
    std::vector<int32_t> scored;
    for (const NamedSplit& one : splits) {
      if (one.repeat != repeat) continue;
      scored.insert(scored.end(), one.split.test.begin(), one.split.test.end());
    }
    std::ranges::sort(scored);
    EXPECT_EQ(scored, first_numbers(dataset.labels.of_row.size()));
  }
  EXPECT_NE(splits[0].split.test, splits[5].split.test);
  EXPECT_EQ(splits[7].name, "fold 3 of 5, repeat 2");
}

TEST(Protocol, MistakesNameTheFileTheColumnAndTheSite) {
  Dataset dataset = protocol_dataset();
  const auto refuse = [&](const char* protocol, const char* why) {
    test::expect_user_error([&] { make_splits(dataset, ProtocolOptions::parse(protocol)); }, why);
  };
  refuse("time:nowhere", "no column 'nowhere'");
  refuse("site:nowhere", "no column 'nowhere'");
  refuse("kfold:100", "groups cannot make 100 folds");
  add_column(dataset, "one", [](size_t) { return "1"; });
  refuse("time:one", "1 different time");
  refuse("site:one", "all rows are of one site");
  add_column(dataset, "each", [](size_t i) { return std::to_string(i); });
  refuse("site:each", "different values are no sites");
  add_column(dataset, "when", [](size_t i) { return i == 7 ? "yesterday" : "2020-01-31"; });
  refuse("time:when", "row 8, column 'when': 'yesterday' is no time");
  // All rows of class a at one site.
  add_column(dataset, "only", [&](size_t i) {
    return dataset.labels.of_row[i] == 0 ? std::string("x") : std::string(1, "yz"[i % 2]);
  });
  dataset.groups = each_row_alone(dataset.rows());
  refuse("site:only", "site x: class a has no rows elsewhere");
}

}  // namespace
}  // namespace puente
