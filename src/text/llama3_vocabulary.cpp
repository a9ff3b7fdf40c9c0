#include "text/llama3_vocabulary.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "formats/csv.h"
#include "text/llama3_words.h"
#include "text/tokenizer_json.h"

namespace puente {
namespace {

bool is_absent(const SortedJson& json, const char* name) {
  const SortedJson* value = member(json, name);
  return value == nullptr || value->is_null();
}

bool is_false(const SortedJson& json, const char* name) {
  const SortedJson* value = member(json, name);
  return value != nullptr && value->is_boolean() && !value->get<bool>();
}

/// The model's part, once it is known to be byte-level BPE.
const SortedJson& bpe_model_of(const SortedJson& json, const std::string& source) {
  const SortedJson* model = member(json, "model");
  const SortedJson* vocab = model != nullptr ? member(*model, "vocab") : nullptr;
  const bool is_bpe = vocab != nullptr && vocab->is_object() && has_merges(*model) &&
                      text_member(*model, "end_of_word_suffix").empty() &&
                      text_member(*model, "continuing_subword_prefix").empty() &&
                      !true_member(*model, "byte_fallback") && is_absent(json, "normalizer") &&
                      find_step(json, "pre_tokenizer", "pretokenizers", "ByteLevel") != nullptr;
  if (!is_bpe) {
    fail(
        "{}: not LLaMA-3's tokenizer (byte-level BPE); LLaMA-2 and Mistral are read from "
        "tokenizer.model: download that file into this folder",
        source);
  }
  return *model;
}

/// That texts are cut by LLaMA-3's pattern, and nothing else is done to them.
void check_words(const SortedJson& json, const std::string& source) {
  const auto steps = steps_of(json, "pre_tokenizer", "pretokenizers");
  const SortedJson *split = steps.front(), *bytes = steps.back();
  const SortedJson* pattern = member(*split, "pattern");
  const std::string regex = pattern != nullptr ? text_member(*pattern, "Regex") : std::string();
  const bool known = steps.size() == 2 && regex == kLlama3Pattern &&
                     text_member(*split, "type") == "Split" &&
                     text_member(*split, "behavior") == "Isolated" &&
                     !true_member(*split, "invert") && text_member(*bytes, "type") == "ByteLevel" &&
                     is_false(*bytes, "add_prefix_space") && is_false(*bytes, "use_regex");
  if (known) return;
  fail("{}: cuts texts into words in another way than LLaMA-3 ({}), which is not known", source,
       regex.empty() ? "by no pattern" : quoted_excerpt(regex, 100));
}

/// What a template of the post-processor puts around a text.
void read_template(const SortedJson& frame, Llama3Vocabulary& vocabulary) {
  const std::string& source = vocabulary.source;
  const SortedJson* single = member(frame, "single");
  const SortedJson* known = member(frame, "special_tokens");
  if (single == nullptr || !single->is_array() || known == nullptr) {
    fail("{}: its post_processor has no template for a single text", source);
  }
  bool before = true;
  for (const SortedJson& piece : *single) {
    const SortedJson* token = member(piece, "SpecialToken");
    if (token == nullptr) {
      before = false;
      continue;
    }
    const std::string name = text_member(*token, "id");
    const SortedJson* entry = member(*known, name.c_str());
    const SortedJson* ids = entry != nullptr ? member(*entry, "ids") : nullptr;
    std::optional<int32_t>& place = before ? vocabulary.start : vocabulary.end;
    if (ids == nullptr || !ids->is_array() || ids->size() != 1 || place) {
      fail("{}: its post_processor puts more than one token, or one without an id, around a text",
           source);
    }
    place = checked_id((*ids)[0], name, source);
  }
}

void read_frame(const SortedJson& json, Llama3Vocabulary& vocabulary) {
  for (const SortedJson* step : steps_of(json, "post_processor", "processors")) {
    const std::string type = text_member(*step, "type");
    if (type == "TemplateProcessing") {
      read_template(*step, vocabulary);
    } else if (type != "ByteLevel") {
      fail("{}: its post_processor has a step {}; known are TemplateProcessing and ByteLevel",
           vocabulary.source, quoted_excerpt(type, 100));
    }
  }
}

}  // namespace

int64_t Llama3Vocabulary::size() const {
  int64_t size = 0;
  for (const auto& [token, id] : tokens) size = std::max<int64_t>(size, id + 1);
  for (const AddedToken& token : added) size = std::max<int64_t>(size, token.id + 1);
  for (const auto& id : {start, end}) size = std::max<int64_t>(size, id.value_or(-1) + 1);
  return size;
}

Llama3Vocabulary read_llama3_vocabulary(const std::filesystem::path& tokenizer_json) {
  Llama3Vocabulary vocabulary;
  vocabulary.source = tokenizer_json.string();
  const SortedJson json = read_object(tokenizer_json);
  const SortedJson& model = bpe_model_of(json, vocabulary.source);
  check_words(json, vocabulary.source);
  vocabulary.tokens = to_vocabulary(model["vocab"], vocabulary.source);
  vocabulary.merges = merges_of(model, vocabulary.source);
  vocabulary.whole_words = true_member(model, "ignore_merges");
  vocabulary.added = added_tokens_of(json, vocabulary.source);
  read_frame(json, vocabulary);
  return vocabulary;
}

}  // namespace puente
