// From a manifest and a model to a certificate.
#include "certify/certificate.h"

#include <algorithm>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>

#include "base/interrupt.h"
#include "demo/lesions.h"
#include "demo/random_encoder.h"
#include "support/files.h"

namespace puente {
namespace {

class Certify : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    made_ = new test::TemporaryFolder;
    write_lesions(made_->path(), {.patients = 40, .size = 32});
    write_random_encoder(*made_ / "clip", "clip-tiny", {.seed = 1});
  }
  static void TearDownTestSuite() { delete made_; }

  Certify() {
    job_.folder = *made_ / "clip";
    job_.sample.manifest = read_manifest(*made_ / "metadata.csv");
    job_.sample.images = ImageInput{.folder = *made_ / "images"};
    job_.sample.texts = TextInput{.prompt = Prompt("Age: {age|int|unknown}. Site: {site}.")};
    job_.threads = 2;
  }

  /// Another manifest of the same pictures.
  void rewrite(const std::string& csv) {
    job_.sample.manifest = read_manifest(folder_.file("metadata.csv", csv));
  }

  inline static test::TemporaryFolder* made_ = nullptr;
  test::TemporaryFolder folder_;
  CertifyJob job_;
  Silent silent_;
};

TEST_F(Certify, MeasuresBothHalves) {
  const Certificate certificate = certify(job_, silent_);
  EXPECT_EQ(certificate.architecture, "clip");
  EXPECT_TRUE(certificate.untrained);
  EXPECT_EQ(certificate.rows, job_.sample.manifest.rows());
  ASSERT_TRUE(certificate.image && certificate.text);
  EXPECT_EQ(certificate.image->parity.inputs, certificate.rows);
  EXPECT_LE(certificate.text->parity.inputs, certificate.rows);
  for (const HalfCertificate* half : {&*certificate.image, &*certificate.text}) {
    EXPECT_EQ(half->dimension, 24);
    EXPECT_LT(half->int8.weight_bytes, half->fp32.weight_bytes);
    EXPECT_GT(half->fp32.per_second, 0);
    EXPECT_GT(half->parity.mean_cosine, 0.99);
    EXPECT_LT(half->parity.mean_cosine, 1 - 1e-6) << "int8 was not used";
  }
  EXPECT_FALSE(certificate.label);
}

TEST_F(Certify, MeasuresOneHalfAlone) {
  job_.sample.images.reset();
  const Certificate certificate = certify(job_, silent_);
  EXPECT_FALSE(certificate.image);
  ASSERT_TRUE(certificate.text);
  EXPECT_EQ(certificate.together.why, certificate.text->verdict.why);
}

TEST_F(Certify, DoesNotDependOnThreads) {
  const Certificate two = certify(job_, silent_);
  job_.threads = 1;
  const Certificate one = certify(job_, silent_);
  EXPECT_EQ(one.image->parity.mean_cosine, two.image->parity.mean_cosine);
  EXPECT_EQ(one.image->parity.same_neighbour, two.image->parity.same_neighbour);
  EXPECT_EQ(one.text->parity.lowest_cosine, two.text->parity.lowest_cosine);
}

TEST_F(Certify, DrawsTheSameRowsFromTheWholeFile) {
  job_.sample.rows = 20;
  const Sample a = draw_sample(job_.sample, 1, silent_), b = draw_sample(job_.sample, 2, silent_);
  EXPECT_EQ(a.manifest.lines, b.manifest.lines);
  EXPECT_EQ(a.images, b.images);
  EXPECT_EQ(a.manifest.rows(), 20);
  EXPECT_EQ(a.rows_there, job_.sample.manifest.rows());
  EXPECT_TRUE(std::is_sorted(a.manifest.lines.begin(), a.manifest.lines.end()));
  EXPECT_GT(a.manifest.lines.back(), a.rows_there / 2);  // not only the first ones
}

TEST_F(Certify, LeavesOutPicturesThatCannotBeRead) {
  rewrite("image,age,site,dx\nlesion_0000.png,1,a,x\nlesion_0001.png,2,b,y\ngone.png,3,c,x\n");
  const Certificate certificate = certify(job_, silent_);
  EXPECT_EQ(certificate.image->parity.inputs, 2);
  EXPECT_EQ(certificate.text->parity.inputs, 3);
}

TEST_F(Certify, NeedsTwoDifferentInputs) {
  rewrite("image,age,site\nlesion_0000.png,1,a\nlesion_0000.png,2,b\n");
  test::expect_user_error([&] { certify(job_, silent_); },
                          "2 rows of it have 1 different readable pictures");
  rewrite("image,age,site\nlesion_0000.png,1,a\nlesion_0001.png,1,a\n");
  test::expect_user_error([&] { certify(job_, silent_); }, "2 rows of it have 1 different texts");
}

TEST_F(Certify, RefusesInputsThatTheModelDoesNotRead) {
  write_random_encoder(folder_ / "vit", "vit-tiny", {});
  job_.folder = folder_ / "vit";
  test::expect_user_error([&] { certify(job_, silent_); }, "reads no texts");
}

TEST_F(Certify, TrainsTheSameClassifierOnBoth) {
  job_.label = LabelQuestion{.label = "diagnosis", .group = "patient"};
  const Certificate certificate = certify(job_, silent_);
  ASSERT_TRUE(certificate.label);
  const LabelCheck& label = *certificate.label;
  EXPECT_EQ(label.seeds, 3);
  EXPECT_EQ(label.train_rows + label.validation_rows + label.test_rows, certificate.rows);
  for (const LabelScores& scores : {label.fp32, label.int8}) {
    EXPECT_GT(scores.accuracy, 0.2);
    EXPECT_LE(scores.accuracy, 1);
    EXPECT_GT(scores.macro_f1, 0);
  }
}

TEST_F(Certify, LeavesOutClassesTooSmallForASplit) {
  std::string csv = "image,age,site,dx\n";
  for (int i = 0; i < 30; ++i) {
    csv += fmt::format("lesion_{:04}.png,{},back,{}\n", i, i, i == 7 ? "rare" : i % 2 ? "a" : "b");
  }
  rewrite(csv);
  job_.label = LabelQuestion{.label = "dx"};
  const Certificate certificate = certify(job_, silent_);
  EXPECT_EQ(certificate.label->classes, 2);
  ASSERT_EQ(certificate.label->left_out.size(), 1u);
  EXPECT_EQ(certificate.image->parity.inputs, 30);
}

TEST_F(Certify, RefusesALabelThatWillNotDo) {
  job_.label = LabelQuestion{.label = "nosuch"};
  test::expect_user_error([&] { certify(job_, silent_); }, "no column 'nosuch' (--label)");
  rewrite("image,age,site,dx\nlesion_0000.png,1,a,x\nlesion_0001.png,2,b,y\n");
  job_.label = LabelQuestion{.label = "dx"};
  test::expect_user_error([&] { certify(job_, silent_); },
                          "column 'dx' has 0 classes with at least 3 rows among the 2 rows");
}

TEST_F(Certify, StopsWhenAsked) {
  request_interrupt();
  EXPECT_THROW(certify(job_, silent_), Interrupted);
  clear_interrupt();
}

}  // namespace
}  // namespace puente
