// Halves of a record that say nothing, or less than was meant.
#include <algorithm>
#include <cmath>

#include "audit/checks.h"
#include "base/error.h"
#include "data/distinct_rows.h"

namespace puente::audit_detail {
namespace {

constexpr double kNearlyAllRows = 0.95;
constexpr double kNearlyConstant = 1e-5;  // near what rounding to float leaves of equal vectors

void check_half(const AuditInput& input, const std::string& half, const Categories& values,
                const Matrix* vectors, Findings& findings) {
  const std::vector<int64_t> sizes = values.sizes();
  const auto most = std::max_element(sizes.begin(), sizes.end());
  const double share = static_cast<double>(*most) / static_cast<double>(values.of_row.size());
  if (values.of_row.size() > 1 && share >= kNearlyAllRows) {
    std::vector<int32_t> rows;
    for (size_t row = 0; row < values.of_row.size(); ++row) {
      if (values.of_row[row] == most - sizes.begin()) rows.push_back(static_cast<int32_t>(row));
    }
    findings.push_back(make_finding(
        input, Severity::warning, "constant-" + half, share,
        fmt::format("{} of the rows have one and the same of the {}", percent(share), half),
        fmt::format("see whether the {} were read; a half that is constant says nothing", half),
        rows));
    return;
  }
  if (vectors == nullptr) return;
  const double variance = relative_variance(*vectors);
  if (!(variance < kNearlyConstant)) return;
  findings.push_back(make_finding(
      input, Severity::warning, "narrow-" + half, variance,
      fmt::format("the vectors of the {} are nearly equal: their variance is {:.2g} of their mean "
                  "squared length",
                  half, variance),
      "see whether the encoder fits these files", all_rows(input)));
}

}  // namespace

double relative_variance(const Matrix& vectors) {
  const auto width = static_cast<size_t>(vectors.cols());
  std::vector<double> mean(width), off_mean(width);
  const auto rows = static_cast<double>(vectors.rows());
  double squares = 0, variance = 0;
  for (int64_t row = 0; row < vectors.rows(); ++row) {
    for (size_t i = 0; i < width; ++i) {
      const double x = vectors.row(row)[i];
      mean[i] += x / rows;
      squares += x * x;
    }
  }
  for (int64_t row = 0; row < vectors.rows(); ++row) {
    for (size_t i = 0; i < width; ++i) {
      const double x = vectors.row(row)[i] - mean[i];
      variance += x * x;
    }
  }
  return variance / squares;
}

void check_constant(const AuditInput& input, Findings& findings) {
  if (input.image != nullptr) {
    check_half(input, "images", distinct_rows(*input.image), input.image, findings);
  }
  if (input.text != nullptr) {
    check_half(input, "texts", distinct_rows(*input.text), input.text, findings);
  } else if (!input.texts.empty()) {
    check_half(input, "texts", distinct(input.texts), nullptr, findings);
  }
}

void check_truncation(const AuditInput& input, Findings& findings) {
  const CutTexts& cut = input.cut_texts;
  if (cut.texts == 0) return;
  const double share = static_cast<double>(cut.texts) / static_cast<double>(cut.tokenized);
  std::string message = fmt::format("the tokenizer cut {} of {} ({})", counted(cut.texts, "text"),
                                    counted(cut.tokenized, "text"), percent(share));
  for (size_t i = 0; i < cut.fields.size(); ++i) {
    const CutTexts::Field& field = cut.fields[i];
    message +=
        fmt::format("{} '{}' in {} ({})", i > 0 ? "," : ", and with them all or a part of",
                    field.name, counted(field.rows, "row"),
                    percent(static_cast<double>(field.rows) / static_cast<double>(cut.tokenized)));
  }
  if (cut.words > 0) {
    message +=
        fmt::format("; {} of the words are lost",
                    percent(static_cast<double>(cut.words_lost) / static_cast<double>(cut.words)));
  }
  findings.push_back(make_finding(
      input, Severity::warning, "truncated-texts", share, message,
      cut.fields.size() == 1 && input.fields.size() == 1
          ? "see whether what matters stands where it is read (--truncate start keeps the end)"
          : "what stands last in the prompt is lost: put it first, or shorten the prompt",
      {}));
}

}  // namespace puente::audit_detail
