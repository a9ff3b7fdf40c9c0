// Numbers that a checkpoint's own library publishes for it: does this folder, read by puente, give
// the same? The surest sign that download, reading and arithmetic are whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace puente {

/// What the numbers are.
enum class PublishedKind {
  clip_logits,   // exp(logit_scale) * cosine of the picture and each of `texts`
  image_states,  // the picture's tokens after the last norm
  image_logits,  // classifier(class token after the last norm)
  text_states,   // the states of the tokens `ids` after the last layer
};

struct PublishedNumbers {
  std::string checkpoint = {};  // "openai/clip-vit-base-patch32"
  std::string source = {};
  PublishedKind kind = PublishedKind::image_states;
  std::string what = {};                // "logits_per_image"
  std::string picture = {};             // which one; empty where the numbers need none
  std::vector<std::string> texts = {};  // clip_logits
  std::vector<int32_t> ids = {};        // text_states: without those that a mask hides
  int64_t first_position = 0;           // of ids[0]
  int64_t first_row = 0;                // where the numbers stand in what the model gives
  int64_t first_column = 0;
  std::vector<std::vector<double>> numbers = {};
  double tolerance = 0;  // absolute, as published
};

struct PublishedVerdict {
  PublishedNumbers expected;
  std::vector<std::vector<double>> got;
  double difference = 0;  // the largest; NaN where a number is not finite
  bool agrees() const { return difference <= expected.tolerance; }
};

/// The checkpoints that puente has numbers of.
std::span<const PublishedNumbers> published_numbers();

/// Those of the checkpoint that the folder has the form of: its architecture and shape, by
/// config.json, and the tensors needed. UserError where that is none of them, or where the model
/// says that it is untrained.
const PublishedNumbers& find_published(const std::filesystem::path& folder);

/// fp32. `picture` is the file of the picture that the numbers are of; not used where they need
/// none. UserError where it cannot be read, or the model lacks what the numbers are made from.
PublishedVerdict compare_published(const std::filesystem::path& folder,
                                   const PublishedNumbers& expected,
                                   const std::filesystem::path& picture);

}  // namespace puente
