#include "data/label_set.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>

#include "base/error.h"

namespace puente {
namespace {

constexpr std::array<std::array<std::string_view, 2>, 5> kPairs = {
    {{"0", "1"}, {"0.0", "1.0"}, {"no", "yes"}, {"n", "y"}, {"false", "true"}}};

struct Answer {
  size_t pair = 0;
  int32_t yes = 0;
};

std::optional<Answer> answer_of(std::string_view value) {
  std::string small(value);
  std::ranges::transform(small, small.begin(), [](unsigned char c) { return std::tolower(c); });
  for (size_t pair = 0; pair < kPairs.size(); ++pair) {
    for (int32_t yes : {0, 1}) {
      if (small == kPairs[pair][static_cast<size_t>(yes)]) return Answer{pair, yes};
    }
  }
  return std::nullopt;
}

/// The column's answers [N], and how they are written.
struct Answers {
  std::vector<int32_t> of_row;
  std::array<std::string, 2> written;
};

Answers answers_of(const Column& column, const std::string& source) {
  Answers answers;
  std::optional<size_t> pair;
  for (size_t row = 0; row < column.values.size(); ++row) {
    const std::string& value = column.values[row];
    if (is_blank(value)) {
      answers.of_row.push_back(kNoAnswer);
      continue;
    }
    const std::optional<Answer> answer = answer_of(value);
    if (!answer) {
      fail(
          "{}: row {}: '{}' in column '{}' is neither yes nor no; of several labels each is 0/1, "
          "no/yes, n/y or false/true, and empty where it is not known",
          source, row + 1, value, column.name);
    }
    std::string& written = answers.written[static_cast<size_t>(answer->yes)];
    if (written.empty()) written = value;
    if (!pair) pair = answer->pair;
    if (written != value || *pair != answer->pair) {
      const std::string& other = written != value ? written : answers.written[1 - answer->yes];
      fail(
          "{}: row {}: '{}' in column '{}', where other rows have '{}'; a yes/no label has two "
          "values, each written in one way",
          source, row + 1, value, column.name, other);
    }
    answers.of_row.push_back(answer->yes);
  }
  for (size_t yes : {0, 1}) {
    if (!answers.written[yes].empty()) continue;
    fail("{}: column '{}' has no row that says {}; a label needs both answers, leave it out",
         source, column.name, yes == 1 ? "yes" : "no");
  }
  return answers;
}

}  // namespace

LabelSet label_set_of(std::span<const Column* const> columns, const std::string& source) {
  PUENTE_ASSERT(!columns.empty());
  LabelSet set;
  const size_t rows = columns.front()->values.size(), labels = columns.size();
  set.of_row.resize(rows * labels);
  for (size_t l = 0; l < labels; ++l) {
    const Column& column = *columns[l];
    PUENTE_ASSERT(column.values.size() == rows);
    if (std::ranges::count(set.names, column.name) > 0) {
      fail("--label names the column '{}' twice", column.name);
    }
    Answers answers = answers_of(column, source);
    for (size_t row = 0; row < rows; ++row) set.of_row[row * labels + l] = answers.of_row[row];
    set.names.push_back(column.name);
    set.values.push_back(std::move(answers.written));
  }
  return set;
}

LabelSet labels_at(const LabelSet& all, std::span<const int32_t> rows) {
  LabelSet some{all.names, all.values, {}};
  for (const int32_t row : rows) {
    for (int64_t l = 0; l < all.count(); ++l) some.of_row.push_back(all.at(row, l));
  }
  return some;
}

}  // namespace puente
