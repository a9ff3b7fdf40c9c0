// Shapes, parameter counts, class weights, and weights on disk.
#include "fusion/weights.h"

#include <gtest/gtest.h>

#include "formats/safetensors.h"
#include "fusion/fusion.h"
#include "fusion/trainer.h"
#include "support/files.h"

namespace puente {
namespace {

using test::expect_user_error;

TEST(FusionShape, HasThePapersParameters) {
  const auto count = [](FusionKind kind, int64_t image, int64_t text, int64_t classes) {
    const FusionShape shape{kind, image, text, classes};
    const FusionWeights weights = initial_fusion_weights<float>(shape, 1);
    int64_t trained = 0;
    for (const auto& tensor : tensors_of(weights)) {
      if (tensor.trained) trained += static_cast<int64_t>(tensor.values.size());
    }
    EXPECT_EQ(trained, shape.parameters());
    return trained;
  };
  EXPECT_EQ(count(FusionKind::early, 768, 4096, 7), 623879);
  EXPECT_EQ(count(FusionKind::late, 768, 4096, 7), 312583);
  EXPECT_EQ(count(FusionKind::early, 512, 512, 7), 132359);
  EXPECT_EQ(count(FusionKind::late, 512, 512, 7), 66823);
  EXPECT_EQ(count(FusionKind::early, 512, 512, 2), 131585);  // the authors' notebook
  EXPECT_EQ(count(FusionKind::late, 512, 512, 2), 66049);    // the authors' notebook
}

TEST(FusionShape, NeedsFeaturesAndClasses) {
  expect_user_error([] { branches_of({FusionKind::late, 0, 0, 3}); }, "image or text vectors");
  expect_user_error([] { branches_of({FusionKind::late, 5, 0, 1}); }, "two classes, got 1");
  EXPECT_EQ(branches_of({FusionKind::late, 0, 5, 3}).size(), 1u);
  expect_user_error([] { parse_fusion("middle"); }, "'middle': known are early and late");
  EXPECT_EQ(parse_fusion(name_of(FusionKind::late)), FusionKind::late);
}

TEST(ClassWeights, AreScikitLearnsBalanced) {
  const std::vector<int32_t> label{0, 0, 0, 1, 2, 2, 1};
  const std::vector<int32_t> rows{0, 1, 2, 3, 4, 5};
  EXPECT_EQ(balanced_class_weights(label, rows, 3),
            (std::vector<double>{6.0 / 9, 6.0 / 3, 6.0 / 6}));
  expect_user_error([&] { balanced_class_weights(label, rows, 4); }, "class 3 of 4");
}

TEST(LabelWeights, AreEachLabelsBalancedOverItsKnownRows) {
  const std::vector<int32_t> label{0, 1, 0, -1, 0, 0, 1, 0};  // [4, 2]
  EXPECT_EQ(balanced_label_weights(label, std::vector<int32_t>{0, 1, 2, 3}, 2),
            (std::vector<double>{4.0 / 6, 4.0 / 2, 3.0 / 4, 3.0 / 2}));
  expect_user_error(
      [&] {
        balanced_label_weights(label, std::vector<int32_t>{1, 2}, 2);
      },
      "class 1 of 2");
}

TEST(FusionWeights, OfOneLabelGiveItsProbabilities) {
  const FusionShape shape{FusionKind::late, 7, 9, 2, 3};
  const FusionWeights weights = initial_fusion_weights<float>(shape, 4);
  Matrix features(5, 16);
  for (int64_t i = 0; i < features.size(); ++i) features.data()[i] = 0.1f * (i % 13);
  const std::vector<int32_t> rows{0, 1, 2, 3, 4};
  Matrix all, own;
  predict_probabilities(weights, features, rows, 1, all);
  ASSERT_EQ(all.cols(), 6);
  for (int64_t l = 0; l < 3; ++l) {
    predict_probabilities(weights_of_label(weights, l), features, rows, 1, own);
    ASSERT_EQ(own.cols(), 2);
    for (int64_t r = 0; r < 5; ++r) {
      EXPECT_EQ(own(r, 0), all(r, 2 * l));
      EXPECT_EQ(own(r, 1), all(r, 2 * l + 1));
    }
  }
  EXPECT_NE(all(0, 1), all(0, 3));
}

TEST(FusionWeightsFile, ReadsBackBitEqual) {
  const test::TemporaryFolder folder;
  for (const FusionShape& shape :
       {FusionShape{FusionKind::early, 7, 9, 2}, FusionShape{FusionKind::late, 7, 9, 5},
        FusionShape{FusionKind::late, 0, 9, 3}, FusionShape{FusionKind::early, 7, 9, 2, 4}}) {
    const FusionWeights weights = initial_fusion_weights<float>(shape, 4);
    save_fusion_weights(weights, folder / "model.safetensors");
    EXPECT_EQ(load_fusion_weights(folder / "model.safetensors"), weights);
  }
}

TEST(FusionWeightsFile, SaysWhatIsWrong) {
  const test::TemporaryFolder folder;
  const auto path = folder / "model.safetensors";
  using Metadata = std::map<std::string, std::string>;
  const auto expect = [&](const Metadata& metadata, std::vector<TensorSpec> tensors,
                          std::string_view part) {
    SafetensorsWriter writer(path, tensors, metadata);
    for (const TensorSpec& tensor : tensors) {
      writer.write(std::vector<float>(static_cast<size_t>(*element_count(tensor.shape))));
    }
    writer.commit();
    expect_user_error([&] { load_fusion_weights(path); }, part);
  };
  Metadata good{{"fusion", "early"}, {"image_dim", "2"}, {"text_dim", "0"}, {"classes", "2"}};
  const TensorSpec hidden{"hidden.0.weight", DType::kF32, {128, 2}};
  const TensorSpec output{"output.weight", DType::kF32, {1, 128}};
  const auto changed = [&](const std::string& key, const std::string& value) {
    Metadata other = good;
    other[key] = value;
    return other;
  };
  expect({}, {hidden}, "metadata has no 'fusion'");
  expect(changed("fusion", "both"), {hidden}, "'both', expected early or late");
  expect(changed("image_dim", "-2"), {hidden}, "'-2', expected a whole number");
  expect(changed("image_dim", "99999999999999999999"), {hidden}, "expected a whole number");
  expect(changed("image_dim", "16000000"), {hidden}, "expected F32 [128, 16000000]");
  expect(changed("classes", "16000000"), {hidden, output}, "expected F32 [16000000, 128]");
  expect(changed("image_dim", "0"), {hidden}, "0 + 0 numbers");
  expect(good, {hidden}, "output.weight");
  expect(good, {hidden, output}, "hidden.0.bias");
}

}  // namespace
}  // namespace puente
