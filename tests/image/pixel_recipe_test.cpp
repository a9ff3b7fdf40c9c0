// What a preprocessor_config.json is read as.
#include "image/pixel_recipe.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "formats/json.h"
#include "image/pictures.h"

namespace puente {
namespace {

using namespace test;

PixelRecipe recipe_of(std::string_view json, Processor untyped = Processor::clip) {
  const TemporaryFolder folder;
  folder.file("preprocessor_config.json", json);
  return read_pixel_recipe(folder.path(), untyped);
}

TEST(PixelRecipe, reads_the_old_and_the_new_form) {
  const PixelRecipe old_form = read_pixel_recipe(golden("images/clip"));
  EXPECT_EQ(old_form.shortest_edge, 12);
  EXPECT_EQ(old_form.crop_height, 12);
  EXPECT_EQ(old_form.filter, Filter::bicubic);
  EXPECT_EQ(old_form.mean[1], 0.4578275f);
  const PixelRecipe new_form = read_pixel_recipe(golden("images/dinov2"));
  EXPECT_EQ(new_form.shortest_edge, 14);
  EXPECT_EQ(new_form.crop_height, 11);
  EXPECT_EQ(new_form.crop_width, 10);
  const PixelRecipe squash = read_pixel_recipe(golden("images/squash"));
  EXPECT_FALSE(squash.shortest_edge.has_value());
  EXPECT_EQ(squash.resize_height, 13);
  EXPECT_EQ(squash.height(), 13);
  EXPECT_EQ(squash.filter, Filter::bilinear);
}

std::array<float, 3> floats(const Json& list) {
  return {list[0].get<float>(), list[1].get<float>(), list[2].get<float>()};
}

// The golden file holds what the classes of transformers say when nothing is given to them.
TEST(PixelRecipe, has_the_defaults_of_every_class) {
  const Json classes = read_json(golden("images/processors.json"));
  const Filter filters[] = {Filter::nearest, Filter::lanczos, Filter::bilinear, Filter::bicubic};
  const std::pair<const char*, Processor> all[] = {{"CLIP", Processor::clip},
                                                   {"Bit", Processor::bit},
                                                   {"ViT", Processor::vit},
                                                   {"DeiT", Processor::deit},
                                                   {"Siglip", Processor::siglip}};
  ASSERT_EQ(classes.size(), std::size(all));
  for (const auto& [name, processor] : all) {
    const Json& expected = classes[name];
    const std::string stem = name;
    for (const PixelRecipe& recipe :
         {recipe_of("{}", processor),
          recipe_of(R"({"image_processor_type": ")" + stem + R"(ImageProcessor"})"),
          recipe_of(R"({"image_processor_type": ")" + stem + R"(ImageProcessorFast"})"),
          recipe_of(R"({"feature_extractor_type": ")" + stem + R"(FeatureExtractor"})"),
          recipe_of(R"({"feature_extractor_type": "Other", "image_processor_type": ")" + stem +
                    R"(ImageProcessor"})")}) {
      SCOPED_TRACE(name);
      const Json& size = expected["size"];
      EXPECT_EQ(recipe.shortest_edge.value_or(0), size.value("shortest_edge", 0));
      EXPECT_EQ(recipe.resize_height, size.value("height", 0));
      EXPECT_EQ(recipe.resize_width, size.value("width", 0));
      const bool crops = expected.value("do_center_crop", false);
      EXPECT_EQ(recipe.crop_height, crops ? expected["crop_size"]["height"].get<int>() : 0);
      EXPECT_EQ(recipe.crop_width, crops ? expected["crop_size"]["width"].get<int>() : 0);
      EXPECT_EQ(recipe.filter, filters[expected["resample"].get<int>()]);
      EXPECT_EQ(recipe.scale, expected["rescale_factor"].get<double>());
      EXPECT_EQ(recipe.mean, floats(expected["image_mean"]));
      EXPECT_EQ(recipe.std, floats(expected["image_std"]));
    }
  }
}

TEST(PixelRecipe, lets_the_file_name_what_the_caller_only_assumes) {
  const std::string_view clip = R"({"image_processor_type": "CLIPImageProcessor", "size": 99})";
  EXPECT_EQ(recipe_of(clip, Processor::vit).shortest_edge, 99);
  const PixelRecipe vit = recipe_of(R"({"size": 99})", Processor::vit);
  EXPECT_EQ(vit.resize_width, 99);
  EXPECT_EQ(vit.crop_width, 0);
}

TEST(PixelRecipe, takes_null_as_the_class_does) {
  const auto recipe = [](std::string_view type) {
    return recipe_of(fmt::format(
        R"({{"image_processor_type": "{}", "do_center_crop": null, "resample": null,
             "size": {{"height": 30, "width": 20}}}})",
        type));
  };
  EXPECT_EQ(recipe("CLIPImageProcessor").height(), 30);
  EXPECT_EQ(recipe("CLIPImageProcessorFast").height(), 224);
  EXPECT_EQ(recipe("CLIPImageProcessor").filter, Filter::bicubic);
}

TEST(PixelRecipe, can_be_squashed) {
  const PixelRecipe cropped = squashed(recipe_of(R"({"size": 256, "crop_size": [200, 224]})"));
  EXPECT_FALSE(cropped.shortest_edge.has_value());
  EXPECT_EQ(cropped.resize_height, 200);
  EXPECT_EQ(cropped.resize_width, 224);
  EXPECT_EQ(cropped.crop_height, 0);
  const PixelRecipe whole = squashed(recipe_of(R"({"size": 384})", Processor::vit));
  EXPECT_EQ(whole.height(), 384);
  EXPECT_EQ(whole.width(), 384);
}

TEST(PixelRecipe, says_itself_in_a_line) {
  EXPECT_EQ(describe(read_pixel_recipe(golden("images/dinov2"))),
            "shortest edge 14 (bicubic), centre crop 10x11, mean 0.485 0.456 0.406, "
            "std 0.229 0.224 0.225");
  EXPECT_EQ(describe(read_pixel_recipe(golden("images/vit_crop"))),
            "squash to 14x9 (bicubic), mean 0.5 0.5 0.5, std 0.5 0.5 0.5");
  EXPECT_EQ(describe(read_pixel_recipe(golden("images/bare"))),
            "no resize, centre crop 41x8, not normalised");
  EXPECT_EQ(describe(read_pixel_recipe(golden("images/lanczos"))),
            "shortest edge 9 (lanczos), centre crop 13x13, pixels times 1, "
            "mean 0.4815 0.4578 0.4082, std 0.2686 0.2613 0.2758");
}

TEST(PixelRecipe, names_what_it_does_not_understand) {
  const auto refused = [](std::string_view json, std::string_view part) {
    const TemporaryFolder folder;
    folder.file("preprocessor_config.json", json);
    expect_user_error([&] { read_pixel_recipe(folder.path()); }, part);
    expect_user_error([&] { read_pixel_recipe(folder.path()); }, "preprocessor_config.json");
  };
  refused("[]", "is not a JSON object");
  refused("{", "preprocessor_config.json");
  refused(R"({"size": "big"})", "size is \"big\"; expected a number");
  refused(R"({"size": 0})", "size is 0");
  refused(R"({"size": -224})", "size is -224");
  refused(R"({"size": 1e30})", "size is");
  refused(R"({"size": {"longest_edge": 224}})", "longest_edge");
  refused(R"({"size": {"height": 224}})", "size is");
  refused(R"({"size": {"shortest_edge": 2.5}})", "size.shortest_edge is 2.5");
  refused(R"({"crop_size": {"height": 224, "width": 99999999}})", "crop_size.width is 99999999");
  refused(R"({"crop_size": [3, 224, 224]})", "crop_size is [3,224,224]");
  refused(R"({"image_processor_type": "SamImageProcessor"})",
          "image_processor_type is \"SamImageProcessor\"; expected CLIPImageProcessor, "
          "BitImageProcessor, ViTImageProcessor, DeiTImageProcessor, SiglipImageProcessor");
  refused(R"({"feature_extractor_type": "DPTFeatureExtractor"})",
          "feature_extractor_type is \"DPTFeatureExtractor\"; expected CLIPImageProcessor");
  refused(R"({"image_processor_type": "CLIPImageProcessorSlow"})", "CLIPImageProcessorSlow");
  refused(R"({"image_processor_type": 7})", "image_processor_type is 7");
  refused(R"({"image_processor_type": "ViTImageProcessor", "size": {"shortest_edge": 224}})",
          "ViTImageProcessor does not crop, so size must be {\"height\": h, \"width\": w}");
  refused(R"({"resample": 5})", "resample is 5");
  refused(R"({"do_resize": "yes"})", "do_resize is \"yes\"");
  refused(R"({"image_mean": [0.5, 0.5]})", "image_mean is [0.5,0.5]; expected three numbers");
  refused(R"({"image_std": [0.5, 0, 0.5]})", "image_std");
  refused(R"({"rescale_factor": "1/255"})", "rescale_factor is \"1/255\"");
  refused(R"({"do_center_crop": false})", "do_center_crop is off");
  refused(R"({"do_center_crop": false, "do_resize": false})", "do_center_crop is off");
  const TemporaryFolder empty;
  expect_user_error([&] { read_pixel_recipe(empty.path()); },
                    "there is no preprocessor_config.json");
}

}  // namespace
}  // namespace puente
