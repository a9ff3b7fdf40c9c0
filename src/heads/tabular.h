// A table's own columns (age, sex, site ...) as features: the baseline that an embedding of the
// same columns, written out as a prompt, has to beat.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "puente/matrix.h"
#include "puente/table.h"

#include "heads/features.h"

namespace puente {

/// What was learned from the training rows; apply() may then be used on any rows. A value is
/// missing where a prompt takes it for missing (is_missing in text/prompt.h).
///   number    every value that is there is a number: one column, standardised over the values
///             that are there (0 where missing), and, if any was missing, one that is 1 where it is
///             missing and else 0. What is no number in other rows counts as missing.
///   category  anything else: a column of 0 and 1 for every value that occurs, sorted; missing is
///             a value of its own, the last. A row with another value has 0 in all of them.
class TabularFeatures {
 public:
  /// Categories of one column may have so many values: an id or free text has more.
  static constexpr int64_t kMostValues = 100;

  /// `columns` in the order of the features, all of one length; `rows` are those to fit on, at
  /// least one. `source` and "--tabular" are for messages. UserError for a category with too many
  /// values, and where no column is given.
  TabularFeatures(std::span<const Column> columns, std::span<const int32_t> rows,
                  std::string_view source);

  /// [rows of the table, names().size()]. Finds its columns by name; UserError where one is absent.
  Matrix apply(std::span<const Column> columns, std::string_view source) const;

  /// "age", "age is missing", "sex=male", "sex=(missing)"
  const std::vector<std::string>& names() const { return names_; }

 private:
  struct Field {
    std::string column;
    std::optional<Standardiser> number;  // nothing: a category
    std::vector<std::string> values;     // of a category, without the missing one
    bool has_missing = false;
    int64_t first = 0;  // feature
  };

  Field fit(const Column& column, std::span<const int32_t> rows, std::string_view source) const;
  void write(const Field& field, std::string_view value, std::span<float> row) const;

  std::vector<Field> fields_;
  std::vector<std::string> names_;
};

}  // namespace puente
