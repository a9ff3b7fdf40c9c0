#include "demo/siglip_vocabulary.h"

#include <utility>

#include "demo/sentencepiece_file.h"

namespace puente {
namespace {

constexpr const char* kEnd = "</s>";
constexpr const char* kUnknown = "<unk>";

Json added_token(const char* content, bool strip) {
  return {{"content", content},
          {"lstrip", strip},
          {"normalized", false},
          {"rstrip", strip},
          {"single_word", false}};
}

}  // namespace

SiglipVocabulary siglip_vocabulary(const std::filesystem::path& path) {
  SentencePieceFile file =
      read_sentencepiece(path, "spiece.model", "the spiece.model of a SigLIP model");
  const int64_t end = file.id_of(kEnd), unknown = file.id_of(kUnknown);
  return {.bytes = std::move(file.bytes),
          .pieces = static_cast<int64_t>(file.pieces.size()),
          .end = end,
          .unknown = unknown};
}

std::vector<NamedFile> tokenizer_files(const SiglipVocabulary& vocabulary, int64_t length) {
  const Json end = added_token(kEnd, true), unknown = added_token(kUnknown, false);
  Json added = {{std::to_string(vocabulary.end), end},
                {std::to_string(vocabulary.unknown), unknown}};
  for (auto& [id, token] : added.items()) token["special"] = true;
  const Json config = {{"added_tokens_decoder", added},
                       {"additional_special_tokens", Json::array()},
                       {"clean_up_tokenization_spaces", true},
                       {"do_lower_case", true},
                       {"eos_token", kEnd},
                       {"model_input_names", {"input_ids"}},
                       {"model_max_length", length},
                       {"pad_token", kEnd},
                       {"processor_class", "SiglipProcessor"},
                       {"sp_model_kwargs", Json::object()},
                       {"tokenizer_class", "SiglipTokenizer"},
                       {"unk_token", kUnknown}};
  return {{"spiece.model", vocabulary.bytes},
          json_file("tokenizer_config.json", config),
          json_file("special_tokens_map.json",
                    {{"eos_token", end}, {"pad_token", end}, {"unk_token", unknown}})};
}

}  // namespace puente
