#include "cone/cone_study.h"

#include <gtest/gtest.h>
#include <vector>

#include "align/gap.h"
#include "certify/encoded.h"
#include "demo/lesions.h"
#include "demo/random_encoder.h"
#include "demo/random_twin.h"
#include "support/files.h"

namespace puente {
namespace {

class ConeStudyTest : public testing::Test {
 protected:
  ConeStudyTest() {
    write_random_encoder(folder_ / "clip", "clip-tiny", {.seed = 3});
    // More pictures than a batch has.
    write_lesions(folder_ / "data", {.patients = 20, .size = 32});
    write_lesions(folder_ / "other", {.patients = 4, .size = 24});
  }

  SampleRequest sample(const char* name, bool texts) const {
    SampleRequest request;
    request.manifest = read_manifest(folder_ / name / "metadata.csv");
    request.images = ImageInput{.folder = folder_ / name / "images"};
    if (texts) request.texts = TextInput{.prompt = Prompt("Age: {age|int|unknown}. Sex: {sex}.")};
    return request;
  }
  ConeRequest request() const {
    ConeRequest request;
    request.encoder = folder_ / "clip";
    request.sample = sample("data", true);
    request.general = sample("other", false);
    request.encoders = 3;
    request.seed = 10;
    request.threads = 2;
    return request;
  }

  test::TemporaryFolder folder_;
  Silent silent_;
};

TEST_F(ConeStudyTest, MeasuresEveryLayerOfBothHalves) {
  const ConeStudy study = study_cone(request(), silent_);
  EXPECT_EQ(study.architecture, "clip");
  EXPECT_TRUE(study.untrained);
  EXPECT_EQ(study.seeds, (std::vector<uint64_t>{10, 11, 12}));
  ASSERT_TRUE(study.image && study.text && study.image->general);
  EXPECT_EQ(study.image->position, "class token");
  EXPECT_EQ(study.text->position, "last token");
  EXPECT_EQ(study.image->own.layers.size(), 5u);  // three layers
  EXPECT_EQ(study.text->own.layers.size(), 4u);
  EXPECT_FALSE(study.text->general);
  for (const DataCone* data : {&study.image->own, &*study.image->general, &study.text->own}) {
    EXPECT_GT(data->inputs, 2);
    for (const LayerCone& layer : data->layers) {
      EXPECT_EQ(layer.random_cosines.size(), 3u);
      const VarianceParts& parts = layer.variance;
      EXPECT_NEAR(parts.from_weights + parts.from_data, parts.total, 1e-12);
    }
    EXPECT_GT(data->layers.back().variance.from_weights, 0);
    EXPECT_GT(data->layers.back().variance.from_data, 0);
  }
  // Every picture enters with the same class token.
  EXPECT_NEAR(study.image->own.layers[0].loaded_cosine, 1, 1e-6);
  EXPECT_LT(study.image->own.layers.back().loaded_cosine, 1);
}

TEST_F(ConeStudyTest, TheLastFiguresAreThoseOfTheVectors) {
  const ConeStudy study = study_cone(request(), silent_);
  const Sample drawn = draw_sample(sample("data", true), 1, silent_);
  const auto vectors = [&](const std::filesystem::path& encoder) {
    const LoadedEncoder loaded = load_encoder(encoder, {.image = true, .text = false});
    EmbeddingTable table;
    table.image = encode_images(*loaded.image, drawn, Precision::fp32, 1, silent_).vectors;
    return table;
  };
  const LayerCone& last = study.image->own.layers.back();
  EXPECT_NEAR(last.loaded_cosine, measure_gap(vectors(folder_ / "clip")).image_cosine, 1e-6);
  write_random_twin(folder_ / "clip", 11, folder_ / "twin");
  EXPECT_NEAR(last.random_cosines[1], measure_gap(vectors(folder_ / "twin")).image_cosine, 1e-6);
}

TEST_F(ConeStudyTest, WithoutRandomEncoders) {
  ConeRequest alone = request();
  alone.encoders = 0;
  alone.general.reset();
  const ConeStudy study = study_cone(alone, silent_);
  EXPECT_TRUE(study.seeds.empty());
  EXPECT_FALSE(study.image->general);
  EXPECT_TRUE(study.image->own.layers.back().random_cosines.empty());
  EXPECT_EQ(study.image->own.layers.back().variance.total, 0);
}

TEST_F(ConeStudyTest, OneSeedGivesOneResult) {
  const ConeStudy a = study_cone(request(), silent_);
  ConeRequest single = request();
  single.threads = 1;
  const ConeStudy b = study_cone(single, silent_);
  EXPECT_EQ(a.image->own.layers.back().random_cosines, b.image->own.layers.back().random_cosines);
  EXPECT_EQ(a.text->own.layers.back().variance.total, b.text->own.layers.back().variance.total);
}

}  // namespace
}  // namespace puente
