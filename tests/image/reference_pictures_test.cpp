// The twelve real pictures with Pillow's pixels that lie beside a developer's checkout.
#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/mapped_file.h"
#include "formats/json.h"
#include "image/decode.h"
#include "image/pictures.h"
#include "image/preprocess.h"

namespace puente {
namespace {

using namespace test;

TEST(ReferencePictures, are_those_of_pillow) {
  PUENTE_SHARED_DATA_OR_SKIP(folder, "image_decode");
  const Json manifest = read_json(folder / "manifest.json");
  const PixelRecipe recipe = crop_recipe(224, 224);
  int decoded_equal = 0;
  int cropped_equal = 0;
  int offsets_differ = 0;
  for (const Json& item : manifest["items"]) {
    const std::string name = item["file"];
    SCOPED_TRACE(name);
    const MappedFile file(folder / "orig" / name);
    const Image image = decode_image(file.bytes(), name, Exif::ignore);
    EXPECT_EQ(image.width, item["w"].get<int>());
    EXPECT_EQ(image.height, item["h"].get<int>());
    decoded_equal += sha256(std::as_bytes(std::span(image.rgb))).hex() == item["rgb_sha256"];

    const std::string stem = std::filesystem::path(name).stem().string();
    const MappedFile reference(folder / "ref_clip224_u8" / (stem + ".rgb"));
    const auto* expected = reinterpret_cast<const uint8_t*>(reference.bytes().data());
    const Image cropped = resize_and_crop(image, recipe);
    const Difference d = difference(cropped.rgb, {expected, reference.bytes().size()});
    EXPECT_LE(d.largest, 1) << d.samples << " samples differ";
    cropped_equal += d.samples == 0;

    // The references were cropped at the offset rounded half to even, transformers' at the offset
    // rounded down: they part where the long edge exceeds the crop by 3, 7, 11 ...
    const int64_t longer = std::max(image.width, image.height);
    const int64_t spare = 224 * longer / std::min(image.width, image.height) - 224;
    offsets_differ += spare % 4 == 3;
  }
  EXPECT_EQ(offsets_differ, 0) << "a reference that the two ways to round an offset tell apart";
  RecordProperty("decoded_equal", decoded_equal);
  RecordProperty("cropped_equal", cropped_equal);
  EXPECT_EQ(decoded_equal, 12);
  EXPECT_EQ(cropped_equal, 12);
}

TEST(ReferencePictures, agree_for_other_encoders) {
  PUENTE_SHARED_DATA_OR_SKIP(folder, "image_decode");
  // The files that come with google/vit-base-patch16-224 and facebook/dinov2-base.
  const TemporaryFolder vit;
  vit.file("preprocessor_config.json",
           R"({"do_normalize": true, "do_resize": true, "image_mean": [0.5, 0.5, 0.5],
               "image_std": [0.5, 0.5, 0.5], "size": 224})");
  const TemporaryFolder dinov2;
  dinov2.file("preprocessor_config.json",
              R"({"crop_size": {"height": 224, "width": 224}, "do_center_crop": true,
                  "do_convert_rgb": true, "do_normalize": true, "do_rescale": true,
                  "do_resize": true, "image_mean": [0.485, 0.456, 0.406],
                  "image_processor_type": "BitImageProcessor",
                  "image_std": [0.229, 0.224, 0.225], "resample": 3,
                  "rescale_factor": 0.00392156862745098, "size": {"shortest_edge": 256}})");
  const PixelRecipe squash = read_pixel_recipe(vit.path(), Processor::vit);
  const PixelRecipe crop = read_pixel_recipe(dinov2.path());
  const struct {
    const char* file;
    const char* reference;
    PixelRecipe recipe;
  } cases[] = {
      {"cxr_0304.jpg", "cxr_0304.vit_bilinear224.rgb", squash},
      {"cxr_0304.jpg", "cxr_0304.dinov2_bicubic256_crop224.rgb", crop},
      {"pad_PAT_1594_2656_679.png", "pad_PAT_1594_2656_679.vit_bilinear224.rgb", squash},
      {"pad_PAT_1594_2656_679.png", "pad_PAT_1594_2656_679.dinov2_bicubic256_crop224.rgb", crop},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.reference);
    const MappedFile file(folder / "orig" / c.file);
    const Image image = decode_image(file.bytes(), c.file, Exif::ignore);
    const MappedFile reference(folder / "ref_other_u8" / c.reference);
    const auto* expected = reinterpret_cast<const uint8_t*>(reference.bytes().data());
    const Image result = resize_and_crop(image, c.recipe);
    const Difference d = difference(result.rgb, {expected, reference.bytes().size()});
    EXPECT_EQ(d.samples, 0) << "largest " << d.largest;
  }
}

}  // namespace
}  // namespace puente
