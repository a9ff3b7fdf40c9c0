// What the audit says of each half alone.
#include <gtest/gtest.h>
#include <map>

#include "audit/audit.h"
#include "audit/made_audit.h"
#include "support/files.h"

namespace puente {
namespace {

using test::find;
using test::made_audit;
using test::MadeAudit;
using test::told;

constexpr int64_t kWidth = 30;

/// Numbers that say nothing of the class but all of the patient: two rows of one patient on both
/// sides would tell.
Matrix of_patients(MadeAudit& made) {
  Matrix vectors(static_cast<int64_t>(made.rows()), kWidth);
  Rng rng(3);
  std::map<std::string, std::vector<float>> of;
  const auto& patient = made.column("patient");
  for (size_t row = 0; row < made.rows(); ++row) {
    std::vector<float>& own = of[patient[row]];
    while (own.size() < static_cast<size_t>(kWidth)) own.push_back(float(rng.normal()));
    std::copy(own.begin(), own.end(), vectors.row(static_cast<int64_t>(row)));
  }
  return vectors;
}

/// The class and a little noise in the first columns.
void tell_class(MadeAudit& made, Matrix& vectors, float signal) {
  const auto& dx = made.column("dx");
  for (size_t row = 0; row < made.rows(); ++row) {
    vectors(int64_t(row), dx[row] == "bkl" ? 0 : dx[row] == "mel" ? 1 : 2) += signal;
  }
}

struct Made {
  Made() : image(of_patients(audit)), text(of_patients(audit)) {}
  std::vector<Finding> audited(const std::vector<std::string>& tabular = {}, int threads = 1) {
    AuditInput input = audit.input();
    input.image = &image;
    input.text = &text;
    input.try_halves = true;
    input.tabular = tabular;
    input.threads = threads;
    Silent silent;
    return puente::audit(input, silent);
  }
  MadeAudit audit = made_audit();
  Matrix image, text;
};

TEST(Halves, NothingSaidIsHalf) {
  Made made;
  const std::vector<Finding> findings = made.audited();
  for (const char* check : {"image-alone", "text-alone", "halves-together"}) {
    const Finding* found = find(findings, check);
    ASSERT_NE(found, nullptr) << check << told(findings);
    EXPECT_EQ(found->severity, Severity::note);
    EXPECT_NEAR(found->figure, 0.5, 0.08) << found->message;
    EXPECT_EQ(found->row_count, 600);
  }
  EXPECT_EQ(find(findings, "columns-alone"), nullptr);
}

TEST(Halves, OneThatTellsNearlyAllDeservesALook) {
  Made made;
  tell_class(made.audit, made.text, 8);
  tell_class(made.audit, made.image, 1.5f);
  std::vector<Finding> findings = made.audited();
  const Finding* text = find(findings, "text-alone");
  ASSERT_NE(text, nullptr);
  EXPECT_EQ(text->severity, Severity::warning) << told(findings);
  EXPECT_GT(text->figure, 0.99);
  EXPECT_NE(text->advice.find("lookup table"), std::string::npos);
  const Finding* image = find(findings, "image-alone");
  ASSERT_NE(image, nullptr);
  EXPECT_EQ(image->severity, Severity::note) << told(findings);
  EXPECT_GT(image->figure, 0.6);
  EXPECT_EQ(find(findings, "halves-together")->severity, Severity::note);

  tell_class(made.audit, made.image, 8);
  findings = made.audited();
  EXPECT_EQ(find(findings, "image-alone")->severity, Severity::warning);
  EXPECT_NE(find(findings, "image-alone")->advice.find("marks, borders"), std::string::npos);
}

TEST(Halves, ColumnsThatPredictAreNoLeak) {
  Made made;
  std::vector<Finding> findings = made.audited({"age", "site"});
  const Finding* found = find(findings, "columns-alone");
  ASSERT_NE(found, nullptr) << told(findings);
  EXPECT_EQ(found->severity, Severity::note);
  EXPECT_GT(found->figure, 0.6);
  EXPECT_NE(found->advice.find("'age' and 'site' are known before the image is read"),
            std::string::npos)
      << found->advice;
  made.audit.facts.fields.erase("site");
  EXPECT_NE(find(made.audited({"age", "site"}), "columns-alone")->advice.find("say when 'site' is"),
            std::string::npos);
  made.audit.facts.fields["site"] = {Known::after, false};
  EXPECT_NE(find(made.audited({"age", "site"}), "columns-alone")->advice.find("take 'site' out"),
            std::string::npos);
  // The label itself.
  findings = made.audited({"dx"});
  EXPECT_EQ(find(findings, "columns-alone")->severity, Severity::warning);
  EXPECT_DOUBLE_EQ(find(findings, "columns-alone")->figure, 1);
}

TEST(Halves, RareClassesAreLeftOutByName) {
  Made made;
  made.audit.column("dx")[5] = "df";
  const std::vector<Finding> findings = made.audited();
  const Finding* found = find(findings, "text-alone");
  ASSERT_NE(found, nullptr) << told(findings);
  EXPECT_NE(found->message.find("(without df (1 group))"), std::string::npos) << found->message;
  EXPECT_EQ(found->row_count, 599);
}

TEST(Halves, ManyRowsAreTriedByLotAndWideVectorsByProjections) {
  MadeAudit audit = made_audit(3500);
  Matrix text(3500, 700);
  Rng rng(11);
  for (int64_t i = 0; i < text.size(); ++i) text.data()[i] = float(rng.normal());
  const auto& dx = audit.column("dx");
  for (int64_t row = 0; row < 3500; ++row) {
    // Small beside what other columns have, and on other scales.
    for (int64_t i = 0; i < 350; ++i) text(row, i) *= 100;
    if (dx[size_t(row)] == "mel") {
      for (int64_t i = 300; i < 400; ++i) text(row, i) += i < 350 ? 40 : 0.4f;
    }
  }
  AuditInput input = audit.input();
  input.text = &text;
  input.try_halves = true;
  Silent silent;
  const std::vector<Finding> findings = puente::audit(input, silent);
  const Finding* found = find(findings, "text-alone");
  ASSERT_NE(found, nullptr);
  EXPECT_NEAR(static_cast<double>(found->row_count), 3000, 60) << found->message;
  EXPECT_NE(found->message.find("of 3,500 rows)"), std::string::npos) << found->message;
  EXPECT_GT(found->figure, 0.7);  // mel against the rest is nearly certain, bkl and nv are equal
}

TEST(Halves, TooFewGroups) {
  Made made;
  made.audit.fill("patient", [](size_t row) { return std::to_string(row % 4); });
  const std::vector<Finding> findings = made.audited();
  const Finding* found = find(findings, "halves-untried");
  ASSERT_NE(found, nullptr) << told(findings);
  EXPECT_EQ(found->severity, Severity::note);
  EXPECT_EQ(find(findings, "text-alone"), nullptr);
}

TEST(Halves, TheSameForAnyNumberOfThreads) {
  Made made;
  tell_class(made.audit, made.image, 1);
  EXPECT_EQ(told(made.audited({"age"}, 1)), told(made.audited({"age"}, 3)));
}

TEST(Halves, AColumnThatIsNotThere) {
  Made made;
  test::expect_user_error([&] { made.audited({"weight"}); },
                          "the column of --tabular 'weight' is not a column of the table");
}

}  // namespace
}  // namespace puente
