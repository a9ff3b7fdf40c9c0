// The checks of audit.h, one function each, and what they share. For audit.cpp alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "audit/audit.h"
#include "audit/finding.h"

namespace puente::audit_detail {

using Findings = std::vector<Finding>;

void check_label_in_text(const AuditInput& input, Findings& findings);
void check_field_values(const AuditInput& input, Findings& findings);
void check_prompt_lookup(const AuditInput& input, Findings& findings);
void check_prediction_time(const AuditInput& input, Findings& findings);
void check_shared_groups(const AuditInput& input, Findings& findings);
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

/// "12.3 %", "0.4 %"; never 0 % or 100 % of what is not none or all.
std::string percent(double share);
/// "'a', 'b' and 'c'", at most `shown` of them.
std::string listed(const std::vector<std::string>& names, size_t shown = 8);
/// "1 row", "1,234 rows".
std::string counted(int64_t count, std::string_view one);

}  // namespace puente::audit_detail
