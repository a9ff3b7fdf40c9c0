#include "demo/random_bert.h"

#include "demo/bert_vocabulary.h"
#include "demo/shapes.h"

namespace puente {
namespace {

struct BertShape {
  std::string_view name;
  int64_t layers, hidden, heads, mlp, positions;
  int64_t vocabulary = 30522;  // 0: as many as there are tokens
  bool sentences = false;      // has the files of sentence-transformers
  int64_t types = 2;
  double deviation = kUsualDeviation;
  double dropout = 0.1;
};

constexpr BertShape kBertShapes[] = {
    {.name = "bert-tiny",
     .layers = 2,
     .hidden = 32,
     .heads = 4,
     .mlp = 72,
     .positions = 64,
     .vocabulary = 0,
     .deviation = kNarrowDeviation},
    {.name = "bert-scratch",
     .layers = 4,
     .hidden = 128,
     .heads = 4,
     .mlp = 512,
     .positions = 128,
     .vocabulary = 0,
     .deviation = kScratchDeviation,
     .dropout = 0},
    {.name = "bert-base", .layers = 12, .hidden = 768, .heads = 12, .mlp = 3072, .positions = 512},
    {.name = "minilm-l6",
     .layers = 6,
     .hidden = 384,
     .heads = 12,
     .mlp = 1536,
     .positions = 512,
     .sentences = true},
};

int64_t vocabulary_size(const BertShape& s, const BertVocabulary& vocabulary) {
  const auto tokens = static_cast<int64_t>(vocabulary.tokens.size());
  if (s.vocabulary == 0) return tokens;
  if (tokens > s.vocabulary) {
    fail("{}: has {} tokens, which is more than {}'s {}", vocabulary.source.string(), tokens,
         s.name, s.vocabulary);
  }
  return s.vocabulary;
}

Json config_json(const BertShape& s, int64_t vocabulary, const RandomEncoderOptions& options) {
  return {{"architectures", {options.quirks ? "BertForPreTraining" : "BertModel"}},
          {"puente_untrained", true},
          {"attention_probs_dropout_prob", s.dropout},
          {"gradient_checkpointing", false},
          {"hidden_act", "gelu"},
          {"hidden_dropout_prob", s.dropout},
          {"hidden_size", s.hidden},
          {"initializer_range", s.deviation},
          {"intermediate_size", s.mlp},
          {"layer_norm_eps", 1e-12},
          {"max_position_embeddings", s.positions},
          {"model_type", "bert"},
          {"num_attention_heads", s.heads},
          {"num_hidden_layers", s.layers},
          {"pad_token_id", 0},
          {"position_embedding_type", "absolute"},
          {"torch_dtype", torch_dtype(options.dtype)},
          {"type_vocab_size", s.types},
          {"use_cache", true},
          {"vocab_size", vocabulary}};
}

/// What sentence-transformers adds: mean pooling, then normalisation, of at most 256 tokens.
std::vector<NamedFile> sentence_files(const BertShape& s) {
  Json modules = Json::array();
  const std::pair<const char*, const char*> parts[] = {
      {"", "Transformer"}, {"1_Pooling", "Pooling"}, {"2_Normalize", "Normalize"}};
  for (size_t i = 0; i < std::size(parts); ++i) {
    modules.push_back({{"idx", i},
                       {"name", std::to_string(i)},
                       {"path", parts[i].first},
                       {"type", std::string("sentence_transformers.models.") + parts[i].second}});
  }
  const Json pooling = {{"word_embedding_dimension", s.hidden},
                        {"pooling_mode_cls_token", false},
                        {"pooling_mode_mean_tokens", true},
                        {"pooling_mode_max_tokens", false},
                        {"pooling_mode_mean_sqrt_len_tokens", false}};
  return {
      json_file("modules.json", modules), json_file("1_Pooling/config.json", pooling),
      json_file("sentence_bert_config.json", {{"max_seq_length", 256}, {"do_lower_case", false}})};
}

void layer_norm(TensorList& list, const std::string& name, int64_t size, bool quirks) {
  list.layer_norm(name, size, quirks ? ".gamma" : ".weight", quirks ? ".beta" : ".bias");
}

void add_layer(TensorList& list, const std::string& name, const BertShape& s, bool quirks) {
  for (const char* part : {"query", "key", "value"}) {
    list.linear(name + "attention.self." + part, s.hidden, s.hidden, s.deviation);
  }
  list.linear(name + "attention.output.dense", s.hidden, s.hidden, s.deviation);
  layer_norm(list, name + "attention.output.LayerNorm", s.hidden, quirks);
  list.linear(name + "intermediate.dense", s.hidden, s.mlp, s.deviation);
  list.linear(name + "output.dense", s.mlp, s.hidden, s.deviation);
  layer_norm(list, name + "output.LayerNorm", s.hidden, quirks);
}

/// Of the pretraining. The decoder's weight is the word embedding's and not stored again.
void add_heads(TensorList& list, const BertShape& s, int64_t vocabulary) {
  list.constant("cls.predictions.bias", {vocabulary}, 0);
  list.linear("cls.predictions.transform.dense", s.hidden, s.hidden, s.deviation);
  layer_norm(list, "cls.predictions.transform.LayerNorm", s.hidden, true);
  list.linear("cls.seq_relationship", s.hidden, 2, s.deviation);
}

std::vector<RandomTensor> bert_tensors(const BertShape& s, int64_t vocabulary, bool quirks) {
  TensorList list;
  const std::string prefix = quirks ? "bert." : "";
  const std::string embeddings = prefix + "embeddings.";
  list.weight(embeddings + "word_embeddings.weight", {vocabulary, s.hidden}, s.deviation);
  list.weight(embeddings + "position_embeddings.weight", {s.positions, s.hidden}, s.deviation);
  list.weight(embeddings + "token_type_embeddings.weight", {s.types, s.hidden}, s.deviation);
  layer_norm(list, embeddings + "LayerNorm", s.hidden, quirks);
  for (int64_t i = 0; i < s.layers; ++i) {
    add_layer(list, prefix + "encoder.layer." + std::to_string(i) + ".", s, quirks);
  }
  list.linear(prefix + "pooler.dense", s.hidden, s.hidden, s.deviation);
  if (quirks) {
    add_heads(list, s, vocabulary);
    list.indices(embeddings + "position_ids", {1, s.positions});
  }
  return list.take();
}

}  // namespace

std::vector<std::string> bert_names() { return shape_names(kBertShapes); }

std::vector<RandomTensor> bert_tensors_of(const ConfigSection& config) {
  const BertShape shape{.name = "bert",
                        .layers = config.integer("num_hidden_layers", 12, 1, 1000),
                        .hidden = config.integer("hidden_size", 768),
                        .heads = 0,  // no tensor's size
                        .mlp = config.integer("intermediate_size", 3072),
                        .positions = config.integer("max_position_embeddings", 512, 2),
                        .types = config.integer("type_vocab_size", 2, 1),
                        .deviation = initializer_range(config)};
  return bert_tensors(shape, config.integer("vocab_size", 30522), false);
}

EncoderFolder random_bert(std::string_view name, const RandomEncoderOptions& options) {
  const BertShape& s = find_shape(kBertShapes, name);
  const BertVocabulary vocabulary = bert_vocabulary(options.vocabulary);
  const int64_t tokens = vocabulary_size(s, vocabulary);
  EncoderFolder folder{.kind = "BERT",
                       .files = tokenizer_files(vocabulary),
                       .tensors = bert_tensors(s, tokens, options.quirks)};
  folder.files.push_back(json_file("tokenizer_config.json",
                                   {{"do_lower_case", true}, {"model_max_length", s.positions}}));
  if (s.sentences) {
    for (NamedFile& file : sentence_files(s)) folder.files.push_back(std::move(file));
  }
  folder.files.push_back(json_file("config.json", config_json(s, tokens, options)));
  return folder;
}

}  // namespace puente
