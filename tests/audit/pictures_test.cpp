// What the audit reads from what is known of the pictures: nearly equal ones, and their sizes.
#include <algorithm>
#include <gtest/gtest.h>

#include "audit/audit.h"
#include "audit/made_audit.h"

namespace puente {
namespace {

using test::find;
using test::made_audit;
using test::MadeAudit;
using test::told;

struct Pictures : test::MadePictures {
  std::vector<Finding> audited(const std::optional<Split>& split = std::nullopt) const {
    MadeAudit made = made_audit();
    AuditInput input = made.input();
    input.image = &vectors;
    input.pictures = pictures;
    input.split = split;
    Silent silent;
    return audit(input, silent);
  }
};

TEST(NearImages, InDifferentGroupsWhereNoSplitIsGiven) {
  Pictures made;
  made.copy(0, 510, 8, 100);
  made.copy(2, 511, 2, 3);
  const std::vector<Finding> findings = made.audited();
  const Finding* found = find(findings, "near-images");
  ASSERT_NE(found, nullptr) << told(findings);
  EXPECT_EQ(found->severity, Severity::warning);
  EXPECT_EQ(found->rows, (std::vector<int64_t>{1, 3, 511, 512}));
  EXPECT_DOUBLE_EQ(found->figure, 4.0 / 600);
  EXPECT_NE(found->message.find("4 rows (0.7 % of all) have nearly the image of a row of another "
                                "group: rows 3 and 512 (3 of 576 bits differ, cosine 1.000), rows "
                                "1 and 511 (100 of 576 bits differ"),
            std::string::npos)
      << found->message;
  EXPECT_EQ(find(findings, "equal-images"), nullptr);
  EXPECT_EQ(find(findings, "images-unread"), nullptr);
}

TEST(NearImages, OnBothSidesOfASplit) {
  Pictures made;
  made.copy(0, 510, 0, 4);    // train and test
  made.copy(450, 520, 0, 4);  // validation and test
  made.copy(1, 300, 0, 4);    // train alone
  made.copy(530, 540, 0, 4);  // test alone
  const std::vector<Finding> findings = made.audited(test::last_hundred());
  const Finding* found = find(findings, "shared-near-image");
  ASSERT_NE(found, nullptr) << told(findings);
  EXPECT_EQ(found->severity, Severity::warning);
  EXPECT_EQ(found->rows, (std::vector<int64_t>{511, 521}));
  EXPECT_DOUBLE_EQ(found->figure, 0.02);
  EXPECT_EQ(find(findings, "near-images"), nullptr);
}

TEST(NearImages, NotWhereOneMeasureSaysOtherwise) {
  Pictures made;
  made.copy(0, 510, 9, 4);    // coarse
  made.copy(2, 511, 0, 101);  // fine
  made.copy(3, 512, 0, 4);    // vectors: the opposite, as seen from their mean
  for (int64_t i = 0; i < 8; ++i) made.vectors(512, i) = 6 - made.vectors(3, i);
  made.copy(4, 513, 0, 0, 0);  // equal: said by another check
  const auto patient = made_audit().column("patient");
  int64_t twice = 100;
  while (patient[size_t(twice)] != patient[size_t(twice + 1)]) ++twice;
  made.copy(twice, twice + 1, 0, 0);  // one patient
  const std::vector<Finding> findings = made.audited();
  EXPECT_EQ(find(findings, "near-images"), nullptr) << told(findings);
  ASSERT_NE(find(findings, "equal-images"), nullptr);
}

TEST(NearImages, UnknownPicturesAreSaid) {
  Pictures made;
  made.copy(0, 510, 0, 4);
  for (size_t row = 0; row < 300; ++row) made.pictures[row].reset();
  std::vector<Finding> findings = made.audited();
  EXPECT_EQ(find(findings, "near-images"), nullptr);
  const Finding* found = find(findings, "images-unread");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->severity, Severity::note);
  EXPECT_DOUBLE_EQ(found->figure, 0.5);
  made.pictures.clear();
  findings = made.audited();
  ASSERT_NE(find(findings, "images-unread"), nullptr);
  EXPECT_DOUBLE_EQ(find(findings, "images-unread")->figure, 1);
  EXPECT_NE(find(findings, "images-unread")->advice.find("puente embed"), std::string::npos);
}

/// The dx of each made row.
std::vector<std::string> diagnoses() { return made_audit().column("dx"); }

TEST(ImageSizes, OneClassInLargerPictures) {
  Pictures made;
  const std::vector<std::string> dx = diagnoses();
  for (size_t row = 0; row < 600; ++row) {
    if (dx[row] == "mel") made.pictures[row]->width = 1024;
  }
  const std::vector<Finding> findings = made.audited();
  const Finding* found = find(findings, "image-size-and-class");
  ASSERT_NE(found, nullptr) << told(findings);
  EXPECT_EQ(found->severity, Severity::warning);
  EXPECT_NEAR(found->figure, 1, 1e-9);
  EXPECT_NE(found->message.find("the images' width x height"), std::string::npos);
  EXPECT_NE(found->message.find("'1024x450' and mel"), std::string::npos) << found->message;
}

TEST(ImageSizes, ManySizesGoByPixelsAndShape) {
  Pictures made;
  const std::vector<std::string> dx = diagnoses();
  Rng rng(3);
  for (size_t row = 0; row < 600; ++row) {
    // Equal in pixels, not in shape.
    const int64_t side = 300 + static_cast<int64_t>(rng.below(200));
    made.pictures[row]->width = dx[row] == "nv" ? 2 * side : side;
    made.pictures[row]->height = dx[row] == "nv" ? side : 2 * side;
  }
  const std::vector<Finding> findings = made.audited();
  const Finding* found = find(findings, "image-size-and-class");
  ASSERT_NE(found, nullptr) << told(findings);
  EXPECT_NE(found->message.find("the images' width over height"), std::string::npos)
      << told(findings);
  EXPECT_EQ(found->severity, Severity::warning);
}

TEST(ImageSizes, BytesThatGoWithTheClass) {
  Pictures made;
  const std::vector<std::string> dx = diagnoses();
  for (size_t row = 0; row < 600; ++row) {
    if (dx[row] == "bkl") made.pictures[row]->bytes *= 2;
  }
  const std::vector<Finding> findings = made.audited();
  const Finding* found = find(findings, "image-size-and-class");
  ASSERT_NE(found, nullptr) << told(findings);
  EXPECT_NE(found->message.find("number of bytes"), std::string::npos);
}

TEST(ImageSizes, OfManySizesThatSayNothing) {
  for (const bool many : {false, true}) {
    Pictures made;
    Rng rng(4);
    for (auto& picture : made.pictures) {
      picture->width = 100 * static_cast<int64_t>(1 + rng.below(many ? 40 : 4));
      picture->bytes = static_cast<int64_t>(1000 + rng.below(90'000));
    }
    const std::vector<Finding> findings = made.audited();
    EXPECT_EQ(find(findings, "image-size-and-class"), nullptr) << told(findings);
    EXPECT_EQ(find(findings, "near-images"), nullptr) << told(findings);
  }
}

}  // namespace
}  // namespace puente
