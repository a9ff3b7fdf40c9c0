// The tensors of a CLIP model and how transformers would draw them before training.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "encoders/clip.h"

namespace puente {

struct RandomTensor {
  std::string name;
  std::vector<int64_t> shape;
  double mean = 0;
  double deviation = 0;
  bool bias_like = false;  // a bias or a LayerNorm's parameter: constant before training
};

/// All tensors under their Hugging Face names.
std::vector<RandomTensor> clip_tensors(const ClipConfig& config);

}  // namespace puente
