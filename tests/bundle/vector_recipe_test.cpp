#include "bundle/vector_recipe.h"

#include <gtest/gtest.h>

#include "support/files.h"

namespace puente {
namespace {

/// As `puente embed` writes it, shortened.
Json report() {
  return parse_json(R"({
    "prompt": "Age {age}.",
    "image_encoder": {"folder": "clip", "sha256": {"config.json": "aa"},
                      "sampled_sha256": {"model.safetensors": "bb"}},
    "text_encoder": {"folder": "llama.gguf", "sampled_sha256": "cc"},
    "untrained": true,
    "precision": {"image": "fp32", "text": "int8"},
    "image_pool": "model", "text_pool": "last", "normalise": {"image": true, "text": false},
    "text_column": null, "image_column": "photo", "pictures": {"exif": "rotate", "resize": "model", "jpeg": "exact"},
    "truncate": "end"})",
                    "report");
}

TEST(VectorRecipe, HoldsWhatMattersToEachHalf) {
  const Json reports[] = {report()};
  const VectorRecipes recipes = recipes_of(reports);
  EXPECT_EQ(recipes.image["encoder"]["folder"], "clip");
  EXPECT_EQ(recipes.image["pictures"]["jpeg"], "exact");
  EXPECT_FALSE(recipes.image.contains("prompt"));
  EXPECT_EQ(recipes.text["precision"], "int8");
  EXPECT_EQ(recipes.text["prompt"], "Age {age}.");
  EXPECT_EQ(recipes.image["normalise"], true);
  EXPECT_EQ(recipes.text["normalise"], false);
  EXPECT_EQ(recipes.image["image_column"], "photo");
  EXPECT_TRUE(recipes.text["text_column"].is_null());
  EXPECT_TRUE(recipes.untrained);
}

TEST(VectorRecipe, OfAnOlderReportDoesNotTellColumnsFromTemplates) {
  Json old = report();
  for (const char* key : {"text_column", "image_column"}) old.erase(key);
  old["normalise"] = true;
  const Json reports[] = {old};
  const VectorRecipes recipes = recipes_of(reports);
  EXPECT_EQ(recipes.text["normalise"], true);
  EXPECT_FALSE(recipes.text.contains("text_column"));
  EXPECT_TRUE(recipes.image["image_column"].is_null());
}

TEST(VectorRecipe, OfTwoTablesComesFromEach) {
  Json images = report(), texts = report();
  images.erase("text_encoder");
  images["untrained"] = false;
  texts.erase("image_encoder");
  const Json reports[] = {images, texts};
  const VectorRecipes recipes = recipes_of(reports);
  EXPECT_EQ(recipes.image["encoder"]["folder"], "clip");
  EXPECT_EQ(recipes.text["encoder"]["folder"], "llama.gguf");
  EXPECT_TRUE(recipes.untrained);
  const Json unknown[] = {Json(nullptr), Json::object()};
  EXPECT_TRUE(recipes_of(unknown).image.is_null());
  EXPECT_FALSE(recipes_of(unknown).untrained);
}

TEST(VectorRecipe, AnotherEncoderPoolOrNormalisationIsRefused) {
  const Json reports[] = {report()};
  const VectorRecipes recipes = recipes_of(reports);
  const auto refused = [&](const std::string& half, const Json& own, const char* pointer,
                           const Json& value, std::string_view part) {
    Json found = own;
    found[Json::json_pointer(pointer)] = value;
    test::expect_user_error([&] { compare_recipes(half, own, found, "b.csv"); }, part);
  };
  EXPECT_TRUE(compare_recipes("image", recipes.image, recipes.image, "b.csv").empty());
  refused("image", recipes.image, "/encoder/sha256/config.json", "zz", "of another encoder (clip)");
  refused("image", recipes.image, "/encoder/sampled_sha256/model.safetensors", "zz", "b.csv: ");
  refused("text", recipes.text, "/encoder/sampled_sha256", "zz", "text vectors are of another");
  refused("text", recipes.text, "/pool", "mean", "pool mean, the bundle's with last");
  refused("image", recipes.image, "/normalise", false, "normalise false");
}

TEST(VectorRecipe, WhatMovesTheNumbersALittleIsSaid) {
  const Json reports[] = {report()};
  const VectorRecipes recipes = recipes_of(reports);
  Json text = recipes.text, image = recipes.image;
  text["prompt"] = "Sex {sex}.";
  text["encoder"]["folder"] = "/elsewhere/llama.gguf";  // the same file in another place
  text["truncate"] = "start";
  const auto said = compare_recipes("text", recipes.text, text, "b.csv");
  ASSERT_EQ(said.size(), 2u);
  EXPECT_EQ(
      said[0],
      "another prompt for the text vectors than in training: Sex {sex}. here, Age {age}. then");
  image["precision"] = "int8";
  image["pictures"]["exif"] = "ignore";
  EXPECT_EQ(compare_recipes("image", recipes.image, image, "b.csv").size(), 2u);
  image = recipes.image;
  image["image_column"] = "left,right";
  EXPECT_EQ(compare_recipes("image", recipes.image, image, "b.csv"),
            (std::vector<std::string>{"the image vectors are means over up to 2 pictures of a row, "
                                      "and in training over up to 1"}));
  image = recipes.image;
  const auto here = compare_recipes("image", recipes.image, nullptr, "b.csv");
  ASSERT_EQ(here.size(), 1u);
  EXPECT_NE(here[0].find("of b.csv were made is not known"), std::string::npos);
  EXPECT_NE(compare_recipes("image", nullptr, image, "b.csv").at(0).find("of the bundle"),
            std::string::npos);
}

}  // namespace
}  // namespace puente
