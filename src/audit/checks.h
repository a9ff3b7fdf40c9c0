// The checks of audit.h, one function each, and what they share. For audit.cpp alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "puente/finding.h"

#include "audit/audit.h"

namespace puente::audit_detail {

using Findings = std::vector<Finding>;

void check_label_in_text(const AuditInput& input, Findings& findings);
void check_field_values(const AuditInput& input, Findings& findings);
void check_prompt_lookup(const AuditInput& input, Findings& findings);
void check_prediction_time(const AuditInput& input, Findings& findings);
void check_shared_groups(const AuditInput& input, Findings& findings);
void check_equal_images(const AuditInput& input, Findings& findings);
void check_near_images(const AuditInput& input, Findings& findings);
void check_stretch(const AuditInput& input, Findings& findings);
void check_constant(const AuditInput& input, Findings& findings);
void check_sites(const AuditInput& input, Findings& findings);
void check_image_sizes(const AuditInput& input, Findings& findings);
void check_halves(const AuditInput& input, Findings& findings);
void check_truncation(const AuditInput& input, Findings& findings);
void check_row_split(const AuditInput& input, Findings& findings);

inline constexpr double kRowSplitTestShare = 0.2;
/// The expected share of test rows with a row of their group in training, where `test_rows` of all
/// rows are drawn by lot: exact, from the hypergeometric distribution.
double shared_by_row_split(const std::vector<int64_t>& group_sizes, int64_t test_rows);

/// `rows` as numbers of AuditInput's rows, in any order.
Finding make_finding(const AuditInput& input, Severity severity, std::string check, double figure,
                     std::string message, std::string advice, std::vector<int32_t> rows);
std::vector<int32_t> all_rows(const AuditInput& input);

/// UserError that names `what` ("field") if there is no such column.
const Column& column_of(const AuditInput& input, const std::string& name, std::string_view what);

/// Texts as numbers in order of first appearance; empty and missing ones are values like others.
Categories distinct(const std::vector<std::string>& texts);

/// The test rows whose value a training or validation row has too.
std::vector<int32_t> test_rows_shared(const Split& split, const Categories& values);
/// Total variance over the mean squared length of the rows: 0 where all are equal, 1 where their
/// mean is 0. NaN without rows or of zeros alone.
double relative_variance(const Matrix& vectors);
/// Cramer 1946, without correction: the contingency table's chi-squared over rows x (its smaller
/// side - 1), and the root. NaN where one side has one category.
double cramers_v(const Categories& values, const std::vector<int32_t>& labels, int32_t classes);
/// A finding where `values` and the class go together beyond chance; `what` starts its message.
void check_together(const AuditInput& input, const std::string& what, const Categories& values,
                    const std::string& check, const std::string& advice, Findings& findings);

/// "12.3 %", "0.4 %"; never 0 % or 100 % of what is not none or all.
std::string percent(double share);
/// "'a', 'b' and 'c'", at most `shown` of them.
std::string listed(const std::vector<std::string>& names, size_t shown = 8);
/// "1 row", "1,234 rows".
std::string counted(int64_t count, std::string_view one);

}  // namespace puente::audit_detail
