#include "finetune/pixels_and_tokens.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/mapped_file.h"
#include "base/threads.h"
#include "embed/image_files.h"
#include "embed/texts.h"
#include "encoders/bert_config.h"
#include "encoders/config_section.h"
#include "encoders/sentence_config.h"
#include "encoders/vit_config.h"
#include "image/load.h"
#include "image/preprocess.h"
#include "image/processors.h"
#include "text/bert_tokenizer.h"

namespace puente {
PixelsAndTokens::PixelsAndTokens(const RawRowsRequest& request, Progress& progress)
    : recipe_(read_pixel_recipe(request.image_model, Processor::vit)),
      pixels_(request.place, "the decoded pictures") {
  if (request.images.reading.stretch.of == StretchOf::set &&
      !request.images.reading.bands.empty()) {
    fail("--stretch-of set: pictures are stretched one by one here; use --stretch-of image");
  }
  const VitConfig vit = read_vit_config(ConfigSection::read(request.image_model));
  if (request.images.squash) recipe_ = squashed(recipe_);
  if (recipe_.width() != vit.side || recipe_.height() != vit.side) {
    fail("{}: preprocessor_config.json makes pictures of {} x {}, the model reads {} x {}",
         request.image_model.string(), recipe_.width(), recipe_.height(), vit.side, vit.side);
  }
  tokenise(request);
  decode(request, progress);
}

void PixelsAndTokens::tokenise(const RawRowsRequest& request) {
  const BertConfig bert = read_bert_config(ConfigSection::read(request.text_model));
  const BertTokenizer tokenizer(request.text_model);
  if (tokenizer.vocabulary_size() > bert.vocabulary) {
    fail("{}: the tokenizer has ids up to {}, the model's vocabulary {} words",
         request.text_model.string(), tokenizer.vocabulary_size() - 1, bert.vocabulary);
  }
  const int64_t most = std::min(
      bert.positions, read_sentence_config(request.text_model).max_tokens.value_or(bert.positions));
  const Texts texts = render_prompts(rows_at(request.manifest, request.rows), request.texts.prompt);
  std::vector<bool> truncated;
  for (const std::string& text : texts.texts) {
    TokenizedText tokens = tokenizer.encode(text, most, request.texts.truncate);
    truncated.push_back(tokens.truncated());
    tokens.ids.resize(static_cast<size_t>(tokens.length));
    longest_text_ = std::max(longest_text_, tokens.length);
    texts_.push_back(std::move(tokens.ids));
  }
  text_of_row_ = texts.of_row;
  truncated_texts_ = std::ranges::count_if(
      text_of_row_, [&](int32_t text) { return truncated[static_cast<size_t>(text)]; });
}

void PixelsAndTokens::decode(const RawRowsRequest& request, Progress& progress) {
  const Manifest manifest = rows_at(request.manifest, request.rows);
  const ImageFiles files = find_images(manifest, request.images, request.threads, progress);
  for (const BadImage& bad : files.bad) progress.problem(bad.problem);
  if (!files.bad.empty()) {
    fail(
        "{}: {} of {} rows have an image that cannot be read (listed above); mend them, or take "
        "the rows out of the manifest",
        manifest.source, files.bad.size(), manifest.rows());
  }
  for (const std::vector<int32_t>& pictures : files.of_row) {
    if (pictures.size() != 1) {
      fail("--image-column {}: a model is trained on one picture per row here",
           request.images.column);
    }
    picture_of_row_.push_back(pictures.front());
  }
  const LoadOptions options{request.images.exif, request.images.jpeg, request.images.reading};
  progress.begin("decoding images", "images", static_cast<int64_t>(files.files.size()));
  parallel_for(static_cast<int64_t>(files.files.size()), request.threads, [&](int64_t i, int) {
    check_interrupt();
    const std::filesystem::path& path = files.files[static_cast<size_t>(i)];
    const MappedFile file(path);
    const Image cropped = load_cropped(file.bytes(), path.string(), recipe_, options);
    pixels_.write(i * picture_bytes(), std::as_bytes(std::span(cropped.rgb)));
    progress.advance(1);
  });
  progress.end();
}

void PixelsAndTokens::pixels(int64_t row, std::span<float> planes) const {
  Image picture{recipe_.width(), recipe_.height(), {}};
  picture.rgb.resize(static_cast<size_t>(picture_bytes()));
  pixels_.read(picture_of_row_[static_cast<size_t>(row)] * picture_bytes(),
               std::as_writable_bytes(std::span(picture.rgb)));
  normalise(picture, recipe_, planes);
}

std::span<const int32_t> PixelsAndTokens::tokens(int64_t row) const {
  return texts_[static_cast<size_t>(text_of_row_[static_cast<size_t>(row)])];
}

}  // namespace puente
