// The numbers themselves, and how a folder is recognised. They are facts from the integration tests
// of huggingface/transformers (Apache-2.0), which hold them for the real checkpoints.
#include <array>
#include <string_view>

#include "base/error.h"
#include "certify/published.h"
#include "encoders/clip_config.h"
#include "encoders/config_section.h"
#include "encoders/llama_file.h"
#include "formats/safetensors.h"

namespace puente {
namespace {

constexpr const char* kPicture = "COCO val2017 000000039769";

const std::vector<PublishedNumbers>& table() {
  static const std::vector<PublishedNumbers> numbers = {
      {.checkpoint = "openai/clip-vit-base-patch32",
       .source = "transformers, tests/models/clip/test_modeling_clip.py",
       .kind = PublishedKind::clip_logits,
       .what = "logits_per_image",
       .picture = kPicture,
       .texts = {"a photo of a cat", "a photo of a dog"},
       .numbers = {{24.5701, 19.3049}},
       .tolerance = 1e-3},
      {.checkpoint = "facebook/dinov2-base",
       .source = "transformers, tests/models/dinov2/test_modeling_dinov2.py",
       .kind = PublishedKind::image_states,
       .what = "last_hidden_state[0, :3, :3]",
       .picture = kPicture,
       .numbers = {{-2.1747, -0.4729, 1.0936},
                   {-3.2780, -0.8269, -0.9210},
                   {-2.9129, 1.1284, -0.7306}},
       .tolerance = 1e-4},
      {.checkpoint = "google/vit-base-patch16-224",
       .source = "transformers, tests/models/vit/test_modeling_vit.py",
       .kind = PublishedKind::image_logits,
       .what = "logits[0, :3]",
       .picture = kPicture,
       .numbers = {{-0.2744, 0.8215, -0.0836}},
       .tolerance = 1e-4},
      // The test masks the first of its 11 ids, 0: the others do not see it, and keep positions 1
      // to 10.
      {.checkpoint = "google-bert/bert-base-uncased",
       .source = "transformers, tests/models/bert/test_modeling_bert.py",
       .kind = PublishedKind::text_states,
       .what = "last_hidden_state[0, 1:4, 1:4]",
       .ids = {345, 232, 328, 740, 140, 1695, 69, 6078, 1588, 2},
       .first_position = 1,
       .first_column = 1,
       .numbers = {{0.4249, 0.1008, 0.7531}, {0.3771, 0.1188, 0.7467}, {0.4152, 0.1098, 0.7108}},
       .tolerance = 1e-4},
  };
  return numbers;
}

bool is_clip_b32(const ConfigSection& config, const std::filesystem::path&) {
  const ClipConfig c = read_clip_config(config);
  return c.vision.hidden == 768 && c.vision.layers == 12 && c.vision.heads == 12 &&
         c.vision.image_size == 224 && c.vision.patch_size == 32 && c.text.hidden == 512 &&
         c.text.layers == 12 && c.text.heads == 8 && c.text.vocabulary == 49408 &&
         c.projection == 512 && c.quick_gelu;
}

bool has_base_shape(const ConfigSection& config) {
  return config.integer("hidden_size", 768) == 768 &&
         config.integer("num_hidden_layers", 12) == 12 &&
         config.integer("num_attention_heads", 12) == 12;
}

bool is_dinov2_base(const ConfigSection& config, const std::filesystem::path&) {
  return has_base_shape(config) && config.integer("image_size", 224) == 518 &&
         config.integer("patch_size", 14) == 14 && !config.flag("use_swiglu_ffn", false);
}

bool is_vit_b16_classifier(const ConfigSection& config, const std::filesystem::path& folder) {
  if (!has_base_shape(config) || config.integer("image_size", 224) != 224 ||
      config.integer("patch_size", 16) != 16) {
    return false;
  }
  const Checkpoint checkpoint(folder);
  const TensorInfo* classifier = checkpoint.find("classifier.weight");
  return classifier != nullptr && classifier->shape == std::vector<int64_t>{1000, 768};
}

bool is_bert_base_uncased(const ConfigSection& config, const std::filesystem::path&) {
  return has_base_shape(config) && config.integer("vocab_size", 30522) == 30522 &&
         config.integer("max_position_embeddings", 512) == 512;
}

/// In the order of table().
struct Form {
  std::string_view model_type;
  bool (*fits)(const ConfigSection& config, const std::filesystem::path& folder);
};
constexpr std::array kForms = {Form{"clip", is_clip_b32}, Form{"dinov2", is_dinov2_base},
                               Form{"vit", is_vit_b16_classifier},
                               Form{"bert", is_bert_base_uncased}};

}  // namespace

std::span<const PublishedNumbers> published_numbers() { return table(); }

const PublishedNumbers& find_published(const std::filesystem::path& folder) {
  if (is_gguf(folder)) fail("{}: no numbers have been published for it", folder.string());
  const ConfigSection config = ConfigSection::read(folder);
  if (config.flag("puente_untrained", false)) {
    fail("{}: untrained: its weights are random numbers, and no published numbers are of them",
         folder.string());
  }
  const std::string type = config.text("model_type", "");
  for (size_t i = 0; i < kForms.size(); ++i) {
    if (kForms[i].model_type == type && kForms[i].fits(config, folder)) return table()[i];
  }
  std::string names;
  for (const PublishedNumbers& known : table()) {
    names += (names.empty() ? "" : ", ") + known.checkpoint;
  }
  fail("{}: not one of the checkpoints with published numbers: {}", folder.string(), names);
}

}  // namespace puente
