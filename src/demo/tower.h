// The pre-norm transformer layers that CLIP and SigLIP share, as tensors.
#pragma once

#include <string>

#include "demo/random_weights.h"

namespace puente {

struct TowerShape {
  int64_t layers = 0, hidden = 0, mlp = 0;
};

struct TowerDeviations {
  double query_key_value = 0, out = 0, fc1 = 0, fc2 = 0;
};

/// TOWER.encoder.layers.0.layer_norm1.weight and so on; `tower` ends in a dot.
void add_tower(TensorList& list, const std::string& tower, const TowerShape& shape,
               const TowerDeviations& deviations);

}  // namespace puente
