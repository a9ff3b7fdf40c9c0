// Made-up patients, a tiny encoder, and a bundle trained on their vectors: pictures, a template of
// two fields, kept cases, a temperature, operating points.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bundle/bundle.h"
#include "demo/lesions.h"
#include "demo/random_clip.h"
#include "demo/write_png.h"
#include "experiment/run.h"
#include "image/decode.h"
#include "store/table_io.h"
#include "support/files.h"
#include "support/tiny_clip.h"

namespace puente::test {

class TrainedLesions {
 public:
  static constexpr double kTemperature = 0.37;

  explicit TrainedLesions(const std::string& align = "normalise") {
    write_lesions(folder_.path(), {.patients = 24, .size = 40});
    cut_pictures();
    write_random_clip(folder_ / "clip", tiny_clip(), 1);
    EmbedRequest request;
    request.job.manifest = manifest();
    request.job.images = ImageInput{images()};
    request.job.images->squash = true;  // which is not the default
    request.job.texts = TextInput{Prompt("{age|int|?}, {sex|unknown}")};
    const std::string clip = (folder_ / "clip").string();
    request.image_encoder = {clip, {.precision = Precision::int8}};
    request.text_encoder = {clip, {.precision = Precision::fp32}};
    request.job.out = folder_ / "table.safetensors";
    Silent silent;
    embed(request, silent);
    table_ = read_table(request.job.out);
    train(request, align);
  }

  std::filesystem::path bundle() const { return folder_ / "bundle"; }
  std::filesystem::path images() const { return folder_ / "images"; }
  std::filesystem::path operator/(std::string_view name) const { return folder_ / name; }
  Manifest manifest() const { return read_manifest(folder_ / "metadata.csv"); }
  const EmbeddingTable& table() const { return table_; }
  const std::vector<int32_t>& train_rows() const { return train_rows_; }
  int64_t rows() const { return table_.rows(); }

  const std::string& value(const char* column, int64_t row) const {
    return table_.find(column)->values[static_cast<size_t>(row)];
  }
  /// A picture's bytes.
  std::string picture(int64_t row) const { return read_text(images() / value("image", row)); }
  std::vector<std::pair<std::string, std::string>> fields(int64_t row) const {
    return {{"sex", value("sex", row)}, {"age", value("age", row)}};
  }

 private:
  /// Oblong ones, of which a crop and a squashed picture differ.
  void cut_pictures() const {
    for (const auto& entry : std::filesystem::directory_iterator(images())) {
      const std::string bytes = read_text(entry.path());
      Image image = decode_image(std::as_bytes(std::span(bytes)), "lesion");
      image.height = 28;
      image.rgb.resize(static_cast<size_t>(3 * image.width * image.height));
      write_png(image, entry.path());
    }
  }

  void train(const EmbedRequest& request, const std::string& align) {
    const Dataset dataset = make_dataset(table_, {.label = "diagnosis", .group = "patient"});
    const RunPlan plan{.fusion = FusionKind::late, .align = AlignSpec::parse(align), .epochs = 3};
    const Split split = make_split(dataset, plan.protocol);
    const RunResult result =
        run(dataset, split, align_for(dataset, split, plan.protocol.kind, plan.align), plan, {});
    Fitted fitted = fit_assessment(dataset, split, result.chosen_on, {},
                                   {.sensitivity = 0.9, .specificity = {}});
    fitted.temperature = kTemperature;
    const Json reports[] = {recipe_json(request)};
    Bundle made = make_bundle(dataset, split, result, fitted, recipes_of(reports));
    made.recipes.untrained = true;
    keep_cases(made, dataset, split, "image");
    train_rows_ = split.train;
    std::filesystem::create_directory(bundle());
    save_fusion_weights(made.weights, bundle() / "model.safetensors");
    save_bundle(made, bundle());
  }

  TemporaryFolder folder_;
  EmbeddingTable table_;
  std::vector<int32_t> train_rows_;
};

}  // namespace puente::test
