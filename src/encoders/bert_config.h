// A BertModel's config.json, and what its checkpoint calls the tensors of a layer: for the frozen
// encoder (bert.cpp) and for the one that is trained (finetune/).
#pragma once

#include <cstdint>

#include "encoders/config_section.h"
#include "encoders/transformer_block.h"

namespace puente {

struct BertConfig {
  BlockShape block;
  int64_t layers = 12;
  int64_t vocabulary = 30522;
  int64_t positions = 512;
  int64_t types = 2;  // of tokens; a text alone is all of type 0
};

/// UserError names the file, the key and what is wrong with it.
BertConfig read_bert_config(const ConfigSection& config);
BlockNames bert_block_names(int64_t layer);

}  // namespace puente
