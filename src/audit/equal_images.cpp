// Images that occur twice, by their vectors.
#include <cstring>
#include <string_view>
#include <unordered_map>

#include "audit/checks.h"
#include "base/error.h"

namespace puente::audit_detail {
namespace {

constexpr double kFew = 0.01;  // of the test rows: they hardly move a figure

}  // namespace

Categories distinct_rows(const Matrix& vectors) {
  Categories result;
  std::unordered_map<std::string_view, int32_t> number;
  const size_t bytes = static_cast<size_t>(vectors.cols()) * sizeof(float);
  for (int64_t row = 0; row < vectors.rows(); ++row) {
    const std::string_view key(reinterpret_cast<const char*>(vectors.row(row)), bytes);
    const auto place = number.try_emplace(key, static_cast<int32_t>(number.size())).first;
    result.of_row.push_back(place->second);
  }
  result.names.resize(number.size());
  return result;
}

void check_equal_images(const AuditInput& input, Findings& findings) {
  if (input.image == nullptr) return;
  const Categories images = distinct_rows(*input.image);
  if (input.split) {
    const std::vector<int32_t> rows = test_rows_shared(*input.split, images);
    if (rows.empty()) return;
    const double share =
        static_cast<double>(rows.size()) / static_cast<double>(input.split->test.size());
    findings.push_back(make_finding(
        input, share < kFew ? Severity::warning : Severity::error, "shared-image", share,
        fmt::format("{} of the test rows have the very image of a training or validation row",
                    percent(share)),
        "put equal images into one group", rows));
    return;
  }
  std::vector<int32_t> group_of(images.names.size(), -1);
  std::vector<bool> in_two(images.names.size());
  for (size_t row = 0; row < images.of_row.size(); ++row) {
    const auto image = static_cast<size_t>(images.of_row[row]);
    const int32_t group = input.groups.of_row[row];
    if (group_of[image] == -1) group_of[image] = group;
    if (group_of[image] != group) in_two[image] = true;
  }
  std::vector<int32_t> rows;
  for (size_t row = 0; row < images.of_row.size(); ++row) {
    if (in_two[static_cast<size_t>(images.of_row[row])]) rows.push_back(static_cast<int32_t>(row));
  }
  if (rows.empty()) return;
  const double share = static_cast<double>(rows.size()) / static_cast<double>(images.of_row.size());
  findings.push_back(
      make_finding(input, Severity::warning, "equal-images", share,
                   fmt::format("{} ({} of all) have the very image of a row of another group",
                               counted(static_cast<int64_t>(rows.size()), "row"), percent(share)),
                   "put equal images into one group, or take the copies out", rows));
}

}  // namespace puente::audit_detail
