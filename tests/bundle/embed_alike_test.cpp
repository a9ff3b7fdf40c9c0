#include "bundle/embed_alike.h"

#include <functional>
#include <gtest/gtest.h>

#include "demo/lesions.h"
#include "demo/random_clip.h"
#include "store/table_io.h"
#include "support/files.h"
#include "support/tiny_clip.h"
#include "trained.h"

namespace puente {
namespace {

/// Made-up patients and two tiny encoders, which differ in their weights alone; made once.
class EmbedAlike : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new test::TemporaryFolder;
    write_lesions(folder_->path(), {.patients = 6, .size = 40});
    write_random_clip(*folder_ / "clip", test::tiny_clip(), 1);
    write_random_clip(*folder_ / "other", test::tiny_clip(), 2);
  }
  static void TearDownTestSuite() { delete folder_; }

  /// None of the settings is what it would be if it were not given.
  static EmbedRequest request() {
    EmbedRequest request;
    request.job.manifest = read_manifest(*folder_ / "metadata.csv");
    request.job.images = ImageInput{*folder_ / "images", "image", Exif::ignore, true, Jpeg::scaled};
    request.job.texts = TextInput{Prompt("{sex|?} at {site}"), Truncate::start};
    const std::string clip = (*folder_ / "clip").string();
    request.image_encoder = {clip, {.precision = Precision::int8, .normalise = true}};
    request.text_encoder = {clip, {.precision = Precision::fp32, .normalise = true}};
    return request;
  }
  /// As far as embed_alike() looks.
  static Bundle bundle_of(const EmbedRequest& request) {
    static const Bundle trained = test::train_one().bundle();
    Bundle bundle = trained;
    const Json reports[] = {recipe_json(request)};
    bundle.recipes = recipes_of(reports);
    if (!request.job.images) bundle.image.reset();
    if (!request.job.texts) bundle.text.reset();
    return bundle;
  }
  static RawData data() {
    return {read_manifest(*folder_ / "metadata.csv"), (*folder_ / "images").string()};
  }
  static EmbeddingTable embedded(EmbedRequest request, const std::filesystem::path& out) {
    Silent silent;
    request.job.out = out;
    embed(request, silent);
    return read_table(out);
  }
  void expect(const std::function<void(Bundle&, RawData&)>& change, std::string_view part) {
    Bundle bundle = bundle_of(request());
    RawData raw = data();
    change(bundle, raw);
    SCOPED_TRACE(part);
    test::expect_user_error([&] { embed_alike(bundle, std::move(raw)); }, part);
  }

  static inline test::TemporaryFolder* folder_ = nullptr;
};

TEST_F(EmbedAlike, EverySettingComesBack) {
  EmbedRequest asked = request();
  asked.image_encoder.settings.image_pool = Pool::mean;
  asked.text_encoder.settings = {
      .precision = Precision::int8, .text_pool = Pool::last, .normalise = false};
  const EmbedRequest again = embed_alike(bundle_of(asked), data());
  EXPECT_EQ(again.job.manifest.source, asked.job.manifest.source);
  EXPECT_EQ(again.job.images->folder, asked.job.images->folder);
  EXPECT_EQ(again.job.images->column, "image");
  EXPECT_EQ(again.job.images->exif, Exif::ignore);
  EXPECT_TRUE(again.job.images->squash);
  EXPECT_EQ(again.job.images->jpeg, Jpeg::scaled);
  EXPECT_EQ(again.job.texts->prompt.text(), "{sex|?} at {site}");
  EXPECT_EQ(again.job.texts->truncate, Truncate::start);
  EXPECT_EQ(again.image_encoder.folder, asked.image_encoder.folder);
  EXPECT_EQ(again.image_encoder.settings.precision, Precision::int8);
  EXPECT_EQ(again.image_encoder.settings.image_pool, Pool::mean);
  EXPECT_TRUE(again.image_encoder.settings.normalise);
  EXPECT_EQ(again.text_encoder.settings.precision, Precision::int8);
  EXPECT_EQ(again.text_encoder.settings.text_pool, Pool::last);
  EXPECT_FALSE(again.text_encoder.settings.normalise);
  // And once more, from what was made of it.
  const Bundle one = bundle_of(asked), two = bundle_of(again);
  EXPECT_EQ(one.recipes.image, two.recipes.image);
  EXPECT_EQ(one.recipes.text, two.recipes.text);
}

TEST_F(EmbedAlike, SeveralPicturesOfARow) {
  EmbedRequest asked = request();
  asked.job.manifest.columns.push_back(asked.job.manifest.column("image", "test"));
  asked.job.manifest.columns.back().name = "other";
  asked.job.images->column = "image,other";
  RawData raw{asked.job.manifest, (*folder_ / "images").string()};
  const EmbedRequest again = embed_alike(bundle_of(asked), raw);
  EXPECT_EQ(again.job.images->column, "image,other");
  const test::TemporaryFolder out;
  EXPECT_EQ(embedded(asked, out / "a.csv").image, embedded(again, out / "b.csv").image);
  test::expect_user_error([&] { embed_alike(bundle_of(asked), data()); },
                          "no column 'other' (the bundle's pictures)");
}

TEST_F(EmbedAlike, ATextColumnIsNoTemplate) {
  EmbedRequest asked = request();
  asked.job.images.reset();
  asked.job.texts->prompt = Prompt::of_column("site");
  RawData texts = data();
  texts.images.clear();
  const EmbedRequest again = embed_alike(bundle_of(asked), std::move(texts));
  EXPECT_FALSE(again.job.images);
  EXPECT_TRUE(again.job.texts->prompt.text().empty());
  EXPECT_EQ(again.job.texts->prompt.columns(), std::vector<std::string>{"site"});
  test::expect_user_error([&] { embed_alike(bundle_of(asked), data()); }, "takes no pictures");
}

TEST_F(EmbedAlike, VectorsAreTheSameToTheLastBit) {
  const test::TemporaryFolder out;
  const EmbeddingTable before = embedded(request(), out / "a.csv");
  const EmbeddingTable alike =
      embedded(embed_alike(bundle_of(request()), data()), out / "b.safetensors");
  EXPECT_EQ(before.image, alike.image);
  EXPECT_EQ(before.text, alike.text);
  // They are what the settings make them.
  EmbedRequest plain = request();
  plain.image_encoder.settings.precision = Precision::fp32;
  EXPECT_NE(before.image, embedded(plain, out / "c.csv").image);
  plain = request();
  plain.job.images->squash = false;
  plain.text_encoder.settings.precision = Precision::int8;
  const EmbeddingTable other = embedded(plain, out / "d.csv");
  EXPECT_NE(before.text, other.text);
}

TEST_F(EmbedAlike, TheEncoderMayLieElsewhere) {
  std::filesystem::rename(*folder_ / "clip", *folder_ / "moved");
  RawData raw = data();
  raw.image_encoder = raw.text_encoder = (*folder_ / "moved").string();
  const EmbedRequest moved = [&] {
    EmbedRequest request = EmbedAlike::request();
    request.image_encoder.folder = request.text_encoder.folder = raw.image_encoder;
    return request;
  }();
  Bundle bundle = bundle_of(moved);
  for (Json* half : {&bundle.recipes.image, &bundle.recipes.text}) {
    (*half)["encoder"]["folder"] = "gone/clip";
  }
  EXPECT_EQ(embed_alike(bundle, raw).text_encoder.folder, raw.text_encoder);
  raw.text_encoder.clear();
  test::expect_user_error([&] { embed_alike(bundle, raw); },
                          "text encoder was in gone/clip, which is not here; give --encoder DIR");
  std::filesystem::rename(*folder_ / "moved", *folder_ / "clip");
}

TEST_F(EmbedAlike, AnotherEncoderIsRefused) {
  const std::string other = (*folder_ / "other").string();
  expect([&](Bundle&, RawData& raw) { raw.image_encoder = other; },
         "other: another image encoder than the bundle's");
  expect([&](Bundle&, RawData& raw) { raw.text_encoder = other; }, "another text encoder");
  expect([&](Bundle&, RawData& raw) { raw.image_encoder = "gone"; }, "gone");
}

TEST_F(EmbedAlike, ARecipeThatLacksASettingIsNotGuessed) {
  for (const char* key :
       {"encoder", "pool", "normalise", "precision", "image_column", "pictures"}) {
    expect([&](Bundle& bundle, RawData&) { bundle.recipes.image.erase(key); },
           fmt::format("image vectors were made ('{}' is missing", key));
  }
  for (const char* key :
       {"encoder", "pool", "normalise", "precision", "prompt", "text_column", "truncate"}) {
    expect([&](Bundle& bundle, RawData&) { bundle.recipes.text.erase(key); },
           fmt::format("text vectors were made ('{}' is missing", key));
  }
  expect([](Bundle& bundle, RawData&) { bundle.recipes.text = nullptr; },
         "does not say how its text vectors were made");
}

TEST_F(EmbedAlike, WhatThisPuenteDoesNotKnowIsSaid) {
  const auto refused = [&](const char* half, const char* pointer, const Json& value) {
    expect(
        [&](Bundle& bundle, RawData&) {
          Json& recipe =
              half == std::string_view("image") ? bundle.recipes.image : bundle.recipes.text;
          recipe[Json::json_pointer(pointer)] = value;
        },
        fmt::format("the bundle's {} vectors were made with {} {}, which this puente does not know",
                    half, Json::json_pointer(pointer).back(), value.dump()));
  };
  refused("image", "/precision", "int4");
  refused("image", "/pool", 3);
  refused("image", "/normalise", "yes");
  refused("image", "/pictures/exif", "mirror");
  refused("image", "/pictures/resize", "crop");
  refused("image", "/pictures/jpeg", nullptr);
  refused("text", "/truncate", "middle");
}

TEST_F(EmbedAlike, WhatTheManifestLacksIsSaid) {
  expect([](Bundle&, RawData& raw) { raw.images.clear(); },
         "takes pictures: give --images DIR, where the names in column 'image' are");
  const auto lose = [](RawData& raw, const char* name) {
    std::erase_if(raw.manifest.columns, [&](const Column& c) { return c.name == name; });
  };
  expect([&](Bundle&, RawData& raw) { lose(raw, "image"); },
         "no column 'image' (the bundle's pictures)");
  expect([&](Bundle&, RawData& raw) { lose(raw, "site"); },
         "no column 'site' (the bundle's texts)");
}

}  // namespace
}  // namespace puente
