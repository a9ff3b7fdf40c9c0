// A ViTModel's config.json, and what its checkpoint calls the tensors of a layer: for the frozen
// encoder (vit.cpp) and for the one that is trained (finetune/).
#pragma once

#include <cstdint>

#include "encoders/config_section.h"
#include "encoders/transformer_block.h"

namespace puente {

struct VitConfig {
  BlockShape block;
  int64_t layers = 12;
  int64_t side = 224;  // of the picture, pixels
  int64_t patch = 16;

  int64_t grid() const { return side / patch; }  // patches on a side
};

/// UserError names the file, the key and what is wrong with it.
VitConfig read_vit_config(const ConfigSection& config);
BlockNames vit_block_names(int64_t layer);

}  // namespace puente
