// BERT folders (bert-base-uncased, sentence-transformers/all-MiniLM-L6-v2) with random weights.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "demo/encoder_folder.h"
#include "encoders/config_section.h"

namespace puente {

std::vector<std::string> bert_names();

/// options.vocabulary: see bert_vocabulary.h. options.quirks: the checkpoint of a pretraining, as
/// bert-base-uncased is: names begin with "bert.", norms have gamma and beta, and there are
/// position_ids and heads that an encoder has no use for.
EncoderFolder random_bert(std::string_view name, const RandomEncoderOptions& options);

/// The tensors of a model of that config.json, for write_random_twin().
std::vector<RandomTensor> bert_tensors_of(const ConfigSection& config);

}  // namespace puente
