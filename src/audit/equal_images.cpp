// Images that occur twice, by their vectors.
#include "audit/checks.h"
#include "base/error.h"
#include "data/distinct_rows.h"

namespace puente::audit_detail {
namespace {

constexpr double kFew = 0.01;  // of the test rows: they hardly move a figure

}  // namespace

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
