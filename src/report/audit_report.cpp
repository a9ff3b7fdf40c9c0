#include "report/audit_report.h"

#include <algorithm>
#include <fmt/ranges.h>

namespace puente {
namespace {

constexpr size_t kRowsInText = 5;

std::string rows_text(const Finding& finding) {
  if (finding.rows.empty()) return "";
  const size_t shown = std::min(kRowsInText, finding.rows.size());
  return fmt::format(" (row{} {}{})", finding.row_count == 1 ? "" : "s",
                     fmt::join(std::span(finding.rows).first(shown), ", "),
                     static_cast<int64_t>(shown) < finding.row_count ? ", ..." : "");
}

}  // namespace

Json findings_json(std::span<const Finding> findings) {
  Json json = Json::array();
  for (const Finding& finding : findings) {
    json.push_back({{"severity", name_of(finding.severity)},
                    {"check", finding.check},
                    {"message", finding.message},
                    {"advice", finding.advice},
                    {"rows", finding.rows},
                    {"row_count", finding.row_count},
                    {"figure", finding.figure}});
  }
  return json;
}

std::string findings_text(std::span<const Finding> findings, Severity least) {
  std::string text;
  for (const Finding& finding : findings) {
    if (finding.severity < least) continue;
    text += fmt::format("{}: {}{}\n    {}\n", name_of(finding.severity), finding.message,
                        rows_text(finding), finding.advice);
  }
  return text.empty() ? "the audit found nothing\n" : text;
}

}  // namespace puente
