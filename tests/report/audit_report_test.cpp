#include "report/audit_report.h"

#include <array>
#include <gtest/gtest.h>

namespace puente {
namespace {

const std::array<Finding, 3> kFindings = {{
    {Severity::error, "label-field", "the label is a field", "take it out", {1, 2}, 2, 1},
    {Severity::warning, "shared-text", "texts recur", "group them", {1, 2, 3, 4, 5, 6}, 40, 0.5},
    {Severity::note, "row-split", "a split by row would leak", "keep to groups", {}, 0, 0.4},
}};

TEST(AuditReport, JsonHoldsEveryFindingWhole) {
  const Json json = findings_json(kFindings);
  ASSERT_EQ(json.size(), 3u);
  EXPECT_EQ(json[1]["severity"], "warning");
  EXPECT_EQ(json[1]["check"], "shared-text");
  EXPECT_EQ(json[1]["message"], "texts recur");
  EXPECT_EQ(json[1]["advice"], "group them");
  EXPECT_EQ(json[1]["rows"].size(), 6u);
  EXPECT_EQ(json[1]["row_count"], 40);
  EXPECT_EQ(json[1]["figure"], 0.5);
}

TEST(AuditReport, TextHasTheSeverityTheFirstRowsAndWhatToDo) {
  EXPECT_EQ(findings_text(kFindings, Severity::note),
            "error: the label is a field (rows 1, 2)\n    take it out\n"
            "warning: texts recur (rows 1, 2, 3, 4, 5, ...)\n    group them\n"
            "note: a split by row would leak\n    keep to groups\n");
}

TEST(AuditReport, TextLeavesOutWhatIsBelowTheLeast) {
  EXPECT_EQ(findings_text(kFindings, Severity::error),
            "error: the label is a field (rows 1, 2)\n    take it out\n");
  EXPECT_EQ(findings_text(std::span(kFindings).last(1), Severity::warning),
            "the audit found nothing\n");
}

}  // namespace
}  // namespace puente
