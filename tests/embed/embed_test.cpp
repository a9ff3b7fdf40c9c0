#include "embed/embed.h"

#include <algorithm>
#include <cstring>

#include "base/interrupt.h"
#include "base/mapped_file.h"
#include "demo/lesions.h"
#include "demo/random_clip.h"
#include "image/load.h"
#include "image/perceptual_hash.h"
#include "store/picture_facts.h"
#include "store/table_io.h"
#include "support/files.h"
#include "support/tiny_clip.h"

namespace puente {
namespace {

/// A dozen made-up patients and a tiny encoder, made once.
class EmbedTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new test::TemporaryFolder;
    write_lesions(folder_->path(), {.patients = 12, .size = 40});
    write_random_clip(*folder_ / "encoder", test::tiny_clip(), 1);
    clip_ = new LoadedEncoder(load_encoder(*folder_ / "encoder", {}));
  }
  static void TearDownTestSuite() {
    delete clip_;
    delete folder_;
  }

  EmbedJob job(const std::filesystem::path& out) const {
    EmbedJob job;
    job.manifest = read_manifest(*folder_ / "metadata.csv");
    job.images = ImageInput{.folder = *folder_ / "images"};
    job.texts = TextInput{.prompt = Prompt("{sex} {site}")};
    job.out = out;
    return job;
  }

  static inline test::TemporaryFolder* folder_ = nullptr;
  static inline LoadedEncoder* clip_ = nullptr;
  const JobEncoders encoders_{clip_->image.get(), clip_->text.get()};
  test::TemporaryFolder out_;
  Silent silent_;
};

TEST_F(EmbedTest, EveryRowHasItsOwnVectorsAndColumns) {
  EmbedJob plan = job(out_ / "t.csv");
  embed(plan, encoders_, silent_);
  const EmbeddingTable table = read_table(out_ / "t.csv");
  ASSERT_EQ(table.rows(), plan.manifest.rows());
  EXPECT_EQ(table.find("diagnosis")->values, plan.manifest.find("diagnosis")->values);
  // One row alone gives what the row gave among the others.
  EncoderWorker worker;
  const Column& sex = *plan.manifest.find("sex");
  const Column& site = *plan.manifest.find("site");
  for (const size_t row : {size_t{0}, size_t{7}}) {
    const std::vector<TokenizedText> text = {
        clip_->text->tokenize(sex.values[row] + " " + site.values[row], Truncate::end)};
    Matrix vector(1, clip_->text->dimension());
    clip_->text->encode(worker, text, vector.view());
    EXPECT_EQ(std::memcmp(vector.data(), table.text.row(static_cast<int64_t>(row)),
                          static_cast<size_t>(vector.cols()) * sizeof(float)),
              0);
  }
}

TEST_F(EmbedTest, IsTheSameForAnyNumberOfThreadsAndEveryFormat) {
  EmbedJob plan = job(out_ / "one.csv");
  embed(plan, encoders_, silent_);
  const EmbeddingTable one = read_table(out_ / "one.csv");
  plan.threads = 3;
  for (const char* name : {"three.csv", "t.safetensors", "t.npy"}) {
    plan.out = out_ / name;
    embed(plan, encoders_, silent_);
    const EmbeddingTable other = read_table(out_ / name);
    EXPECT_EQ(one.image, other.image) << name;
    EXPECT_EQ(one.text, other.text) << name;
  }
}

TEST_F(EmbedTest, EqualPicturesAndTextsAreComputedOnce) {
  EmbedJob plan = job(out_ / "t.csv");
  for (Column& column : plan.manifest.columns) {
    if (column.name == "image") column.values[1] = column.values[0];
  }
  const EmbedReport report = embed(plan, encoders_, silent_);
  EXPECT_EQ(report.images, plan.manifest.rows() - 1);
  EXPECT_LE(report.texts, 16);  // 2 sexes x 8 sites
  const EmbeddingTable table = read_table(out_ / "t.csv");
  EXPECT_EQ(std::memcmp(table.image.row(0), table.image.row(1), 16 * sizeof(float)), 0);
}

TEST_F(EmbedTest, OneModalityAlone) {
  EmbedJob plan = job(out_ / "t.csv");
  plan.images.reset();
  embed(plan, encoders_, silent_);
  EXPECT_FALSE(read_table(out_ / "t.csv").has_image());
  EXPECT_TRUE(read_table(out_ / "t.csv").has_text());
}

TEST_F(EmbedTest, ReportsTruncatedTexts) {
  EmbedJob plan = job(out_ / "t.csv");
  plan.texts->prompt = Prompt("{sex} {site}, a text that is far longer than 32 bytes {age|int|?}");
  const EmbedReport report = embed(plan, encoders_, silent_);
  EXPECT_EQ(report.truncated_texts, plan.manifest.rows());
  EXPECT_GT(report.longest_text, 32);
}

// The tiny encoder's tokens are bytes: a word of n characters is n tokens, in a frame of two.
TEST_F(EmbedTest, SaysWhatTruncationTakes) {
  EmbedJob plan = job(out_ / "t.csv");
  const auto rows = static_cast<size_t>(plan.manifest.rows());
  std::vector<std::string> first(rows, "aaaaaaaaaa"), second(rows, "bbbbbbbbbb"), third(rows, "");
  second[0] = "b";
  second[1] = "bbbb bbbbbbb bbb";  // more words
  third[0] = "cc";
  plan.manifest.columns.push_back({"first", first});
  plan.manifest.columns.push_back({"second", second});
  plan.manifest.columns.push_back({"third", third});
  plan.images.reset();
  plan.texts->prompt = Prompt("Is {first} {second}, {third|} {first}.");
  EmbedReport report = embed(plan, encoders_, silent_);
  // 30 bytes: "is", ten a and ten b, ",", then seven of the last ten a.
  const auto lost_in = [&](const char* name) {
    for (const LostText::Field& field : report.lost.fields) {
      if (field.column == name) return field.rows;
    }
    return int64_t{0};
  };
  EXPECT_EQ(report.truncated_texts, plan.manifest.rows() - 1);
  EXPECT_EQ(lost_in("first"), plan.manifest.rows() - 1);
  EXPECT_EQ(lost_in("second"), 0);  // row 1: 14 letters, to the very end
  EXPECT_EQ(lost_in("third"), 0);
  EXPECT_EQ(report.lost.words, 4 * plan.manifest.rows() + 1 + 2);
  EXPECT_EQ(report.lost.words_lost, plan.manifest.rows() - 1);

  plan.texts->truncate = Truncate::start;  // from the end: ".", ten a, ",", ten b, then 8 of ten a
  report = embed(plan, encoders_, silent_);
  EXPECT_EQ(lost_in("first"), plan.manifest.rows() - 1);
  EXPECT_EQ(lost_in("second"), 0);
  // "Is" and the first word of a.
  EXPECT_EQ(report.lost.words_lost, 2 * (plan.manifest.rows() - 1));

  plan.texts->truncate = Truncate::end;
  plan.texts->prompt = Prompt::of_column("second");
  report = embed(plan, encoders_, silent_);
  EXPECT_EQ(report.truncated_texts, 0);
  EXPECT_EQ(report.lost.words, 0);
  plan.manifest.columns[plan.manifest.columns.size() - 2].values[3] =
      "dddddddddd dddddddddd dddddddddd dddddddddd";
  report = embed(plan, encoders_, silent_);
  EXPECT_EQ(report.truncated_texts, 1);
  EXPECT_EQ(report.lost.words_lost, 1);
  EXPECT_EQ(lost_in("second"), 1);
}

TEST_F(EmbedTest, SaysWhatThePicturesAre) {
  EmbedJob plan = job(out_ / "t.csv");
  for (Column& column : plan.manifest.columns) {
    if (column.name == "image") column.values[1] = column.values[0];
  }
  embed(plan, encoders_, silent_);
  const auto facts = find_picture_facts(out_ / "t.csv");
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->column, "image");
  EXPECT_EQ(facts->of.size(), static_cast<size_t>(plan.manifest.rows() - 1));
  const std::string& name = plan.manifest.find("image")->values[7];
  const std::filesystem::path file = *folder_ / "images" / name;
  const MappedFile bytes(file);
  const PictureFacts& one = facts->of.at(name);
  EXPECT_EQ(one.width, 40);
  EXPECT_EQ(one.height, 40);
  EXPECT_EQ(one.bytes, static_cast<int64_t>(bytes.bytes().size()));
  const PerceptualHash hash =
      perceptual_hash(load_cropped(bytes.bytes(), "picture", clip_->image->pixel_recipe(), {}));
  EXPECT_EQ(one.coarse_hash, hash.coarse);
  EXPECT_EQ(one.fine_hash, hash.fine);
  // A table of texts over it has no pictures.
  plan.images.reset();
  embed(plan, encoders_, silent_);
  EXPECT_FALSE(find_picture_facts(out_ / "t.csv"));
}

TEST_F(EmbedTest, SeveralPicturesOfARowArePooledByMean) {
  const EmbedJob single = job(out_ / "one.csv");
  embed(single, encoders_, silent_);
  const EmbeddingTable one = read_table(out_ / "one.csv");
  EmbedJob both = job(out_ / "both.csv");
  Column second{"second", both.manifest.find("image")->values};
  std::ranges::rotate(second.values, second.values.begin() + 1);
  second.values[0] = "";
  both.manifest.columns.push_back(second);
  both.images->column = "image,second";
  embed(both, encoders_, silent_);
  const EmbeddingTable two = read_table(out_ / "both.csv");
  ASSERT_EQ(two.rows(), one.rows());
  for (int64_t row = 0; row + 1 < one.rows(); ++row) {
    for (int64_t j = 0; j < one.image.cols(); ++j) {
      const float expected =
          row == 0 ? one.image(0, j) : (one.image(row, j) + one.image(row + 1, j)) / 2;
      ASSERT_NEAR(two.image(row, j), expected, 1e-6F) << row;
    }
  }
  const auto facts = find_picture_facts(out_ / "both.csv");
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->column, "image,second");
  EXPECT_EQ(facts->of, find_picture_facts(out_ / "one.csv")->of);
  both.images->column = "image,third";
  test::expect_user_error([&] { embed(both, encoders_, silent_); },
                          "no column 'third' (--image-column)");
}

/// Keeps the lines about bad pictures.
class Notes : public Silent {
 public:
  void problem(std::string_view line) override { lines.emplace_back(line); }
  std::vector<std::string> lines;
};

TEST_F(EmbedTest, ListsEveryBadPictureBeforeTheLongWork) {
  EmbedJob plan = job(out_ / "t.csv");
  out_.file("broken.png", "not a picture");
  std::filesystem::copy(out_ / "broken.png", *folder_ / "images/broken.png",
                        std::filesystem::copy_options::overwrite_existing);
  for (Column& column : plan.manifest.columns) {
    if (column.name != "image") continue;
    column.values[2] = "broken.png";
    column.values[5] = "gone.png";
  }
  Notes notes;
  test::expect_user_error([&] { embed(plan, encoders_, notes); }, "2 of");
  ASSERT_EQ(notes.lines.size(), 2u);
  EXPECT_NE(notes.lines[0].find("line 4"), std::string::npos) << notes.lines[0];
  EXPECT_NE(notes.lines[1].find("gone.png: no such file"), std::string::npos) << notes.lines[1];
  EXPECT_FALSE(std::filesystem::exists(out_ / "t.csv"));

  plan.skip_bad = true;
  const EmbedReport report = embed(plan, encoders_, notes);
  EXPECT_EQ(report.skipped_rows, 2);
  const EmbeddingTable table = read_table(out_ / "t.csv");
  EXPECT_EQ(table.rows(), plan.manifest.rows() - 2);
  EXPECT_EQ(table.find("patient")->values[2], plan.manifest.find("patient")->values[3]);
}

TEST_F(EmbedTest, AnInterruptLeavesNothingBehind) {
  request_interrupt();
  EXPECT_THROW(embed(job(out_ / "t.csv"), encoders_, silent_), Interrupted);
  clear_interrupt();
  EXPECT_TRUE(std::filesystem::is_empty(out_.path()));
}

TEST_F(EmbedTest, NamesWithoutExtensionFindTheirFile) {
  EmbedJob plan = job(out_ / "t.csv");
  for (Column& column : plan.manifest.columns) {
    if (column.name != "image") continue;
    for (std::string& name : column.values) name.resize(name.size() - 4);
  }
  EXPECT_EQ(embed(plan, encoders_, silent_).rows, plan.manifest.rows());
}

}  // namespace
}  // namespace puente
