// What the audit reads from the vectors of a table.
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

#include "audit/audit.h"
#include "audit/checks.h"
#include "audit/made_audit.h"
#include "support/files.h"

namespace puente {
namespace {

using test::find;
using test::made_audit;
using test::MadeAudit;
using test::told;

Matrix random_vectors(int64_t rows, int64_t width) {
  Matrix vectors(rows, width);
  Rng rng(3);
  for (int64_t i = 0; i < rows * width; ++i)
    vectors.data()[i] = static_cast<float>(rng.uniform(-1, 1));
  return vectors;
}

void copy_row(Matrix& vectors, int64_t from, int64_t to) {
  std::copy_n(vectors.row(from), vectors.cols(), vectors.row(to));
}

std::vector<Finding> audited(const Matrix& image, const Split* split = nullptr,
                             const Matrix* text = nullptr) {
  MadeAudit made = made_audit();
  AuditInput input = made.input();
  input.image = &image;
  input.text = text;
  if (split) input.split = *split;
  Silent silent;
  return audit(input, silent);
}

TEST(EqualImages, OnBothSidesOfASplit) {
  Matrix image = random_vectors(600, 8);
  copy_row(image, 0, 510);    // train and test
  copy_row(image, 450, 520);  // validation and test
  copy_row(image, 1, 300);    // train alone
  copy_row(image, 530, 540);  // test alone
  const Split split = test::last_hundred();
  const std::vector<Finding> findings = audited(image, &split);
  const Finding* found = find(findings, "shared-image");
  ASSERT_NE(found, nullptr) << told(findings);
  EXPECT_EQ(found->severity, Severity::error);
  EXPECT_EQ(found->rows, (std::vector<int64_t>{511, 521}));
  EXPECT_DOUBLE_EQ(found->figure, 0.02);
  EXPECT_EQ(find(findings, "equal-images"), nullptr);
}

TEST(EqualImages, InDifferentGroupsWhereNoSplitIsGiven) {
  Matrix image = random_vectors(600, 8);
  copy_row(image, 0, 510);
  const MadeAudit made = made_audit();
  const auto& patient = made.columns.front().values;
  int64_t twice = 100;
  while (patient[size_t(twice)] != patient[size_t(twice + 1)]) ++twice;
  copy_row(image, twice, twice + 1);  // of one patient: nothing to say
  const std::vector<Finding> findings = audited(image);
  const Finding* found = find(findings, "equal-images");
  ASSERT_NE(found, nullptr) << told(findings);
  EXPECT_EQ(found->severity, Severity::warning);
  EXPECT_EQ(found->rows, (std::vector<int64_t>{1, 511}));
}

TEST(EqualImages, ToTheLastBit) {
  Matrix image = random_vectors(600, 8);
  copy_row(image, 0, 510);
  image(510, 7) = std::nextafter(image(510, 7), 2.0f);
  const std::vector<Finding> findings = audited(image);
  EXPECT_EQ(find(findings, "equal-images"), nullptr);
  EXPECT_EQ(find(findings, "constant-images"), nullptr);
  EXPECT_EQ(find(findings, "narrow-images"), nullptr);
}

TEST(ConstantModality, MostVectorsEqual) {
  Matrix image = random_vectors(600, 8), text = random_vectors(600, 4);
  for (int64_t row = 1; row < 580; ++row) copy_row(image, 0, row);
  for (int64_t row = 1; row < 540; ++row) copy_row(text, 0, row);
  const std::vector<Finding> findings = audited(image, nullptr, &text);
  const Finding* found = find(findings, "constant-images");
  ASSERT_NE(found, nullptr) << told(findings);
  EXPECT_EQ(found->severity, Severity::warning);
  EXPECT_EQ(found->row_count, 580);
  EXPECT_EQ(find(findings, "constant-texts"), nullptr);
}

TEST(ConstantModality, NearlyEqual) {
  Matrix image = random_vectors(600, 8);
  for (int64_t i = 0; i < 600 * 8; ++i) image.data()[i] = 1 + 1e-3f * image.data()[i];
  const std::vector<Finding> findings = audited(image);
  const Finding* found = find(findings, "narrow-images");
  ASSERT_NE(found, nullptr) << told(findings);
  EXPECT_EQ(found->severity, Severity::warning);
  EXPECT_NEAR(found->figure, 1e-6 / 3, 5e-8);
}

TEST(ConstantModality, RelativeVariance) {
  Matrix two(2, 2);
  two(0, 0) = 3;
  two(1, 0) = 1;
  EXPECT_DOUBLE_EQ(audit_detail::relative_variance(two), 2.0 / 10);
  EXPECT_TRUE(std::isnan(audit_detail::relative_variance(Matrix(3, 2))));
}

TEST(Sites, AColumnThatIsNotThere) {
  MadeAudit made = made_audit();
  AuditInput input = made.input();
  input.sites = {"clinic"};
  Silent silent;
  test::expect_user_error([&] { audit(input, silent); }, "the site column 'clinic' is not");
}

}  // namespace
}  // namespace puente
