// BERT (Devlin et al. 2019) as transformers' BertModel: bert-base-uncased, the MiniLM sentence
// encoders, and any other folder of that kind.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/error.h"
#include "encoders/architectures.h"
#include "encoders/bert_config.h"
#include "encoders/layers.h"
#include "encoders/sentence_config.h"
#include "encoders/text_transformer.h"
#include "tensor/elementwise.h"
#include "text/bert_tokenizer.h"

namespace puente {

BlockNames bert_block_names(int64_t layer) {
  const std::string name = "encoder.layer." + std::to_string(layer) + ".";
  return {.norm1 = name + "attention.output.LayerNorm",
          .query = name + "attention.self.query",
          .key = name + "attention.self.key",
          .value = name + "attention.self.value",
          .out = name + "attention.output.dense",
          .norm2 = name + "output.LayerNorm",
          .fc1 = name + "intermediate.dense",
          .fc2 = name + "output.dense",
          .scale1 = "",
          .scale2 = ""};
}

BertConfig read_bert_config(const ConfigSection& config) {
  BertConfig bert;
  bert.block = read_block_shape(config, 1e-12f, "gelu");
  bert.block.post_norm = true;
  if (config.text("position_embedding_type", "absolute") != "absolute") {
    config.refuse("position_embedding_type", "must be absolute");
  }
  if (config.flag("is_decoder", false)) config.refuse("is_decoder", "must be false");
  bert.layers = config.integer("num_hidden_layers", bert.layers, 1, 1000);
  bert.vocabulary = config.integer("vocab_size", bert.vocabulary);
  bert.positions = config.integer("max_position_embeddings", bert.positions, 2);
  bert.types = config.integer("type_vocab_size", bert.types, 1);
  return bert;
}

LoadedEncoder load_bert(const LoadRequest& request) {
  const BertConfig bert = read_bert_config(request.config);
  const int64_t c = bert.block.hidden;
  const SentenceConfig sentence = read_sentence_config(request.folder);
  auto tokenizer = std::make_unique<BertTokenizer>(request.folder);
  check_vocabulary(*tokenizer, bert.vocabulary, request);

  WeightReader reader(request.folder, request.options.precision);
  reader.allow_prefix("bert.", "embeddings.word_embeddings.weight");
  TextWeights weights;
  weights.tokens = reader.matrix("embeddings.word_embeddings.weight", bert.vocabulary, c);
  const Matrix positions =
      reader.matrix("embeddings.position_embeddings.weight", bert.positions, c);
  // A text alone is all of type 0.
  const Matrix type = reader.matrix("embeddings.token_type_embeddings.weight", bert.types, c);
  const int64_t kept = std::min(bert.positions, sentence.max_tokens.value_or(bert.positions));
  weights.positions = Matrix(kept, c);
  for (int64_t t = 0; t < kept; ++t) {
    add(positions.row_span(t), type.row_span(0), weights.positions.row_span(t));
  }
  weights.first_norm = reader.layer_norm("embeddings.LayerNorm", c, bert.block.layer_norm_epsilon);
  weights.blocks = read_blocks(reader, bert.layers, bert_block_names, bert.block);
  weights.length = [](std::span<const int32_t> ids) { return static_cast<int64_t>(ids.size()); };

  PoolChoice choice = pool_or_pooler(request.options.text_pool, sentence.pool.value_or(Pool::cls),
                                     reader, c, request, "--text-pool");
  weights.pool = choice.pool;
  weights.head = std::move(choice.head);
  weights.head_activation = choice.head_activation;
  LoadedEncoder encoder;
  encoder.text = std::make_unique<TextTransformer>(
      std::move(weights), std::move(tokenizer),
      VectorFinish{request.folder, "text", request.options.normalise || sentence.normalise});
  return encoder;
}

}  // namespace puente
