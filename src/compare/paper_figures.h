// Tables 1, 2 and 3 as the paper prints them (Restrepo, Wu, Cajas, Nakayama, Celi, Lopez 2024,
// "Multimodal deep learning for low-resource settings: a vector embedding alignment approach"), for
// its three data sets.
#pragma once

#include <optional>
#include <string_view>

#include "fusion/fusion.h"

namespace puente {

/// What the paper compares.
enum class PaperApproach { dinov2_llama, clip, raw };

struct PaperFigures {
  double accuracy = 0;
  double macro_f1 = 0;
  int epoch = 0;             // of the best test performance
  double train_seconds = 0;  // per epoch, on two cores
  double inference_seconds = 0;
  double model_megabytes = 0;
};

/// `data`: a recipe's file name without .toml: "brset", "ham10000", "satellitebench"; nothing for
/// any other.
std::optional<PaperFigures> paper_figures(std::string_view data, PaperApproach approach,
                                          FusionKind fusion);

}  // namespace puente
