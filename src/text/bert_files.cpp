#include "text/bert_files.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/mapped_file.h"
#include "formats/utf8.h"
#include "text/tokenizer_config.h"
#include "text/tokenizer_json.h"

namespace puente {
namespace {

// What BertTokenizerFast calls its special tokens where no file says otherwise.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kSpecialTokens = {{
    {"unk_token", "[UNK]"},
    {"sep_token", "[SEP]"},
    {"pad_token", "[PAD]"},
    {"cls_token", "[CLS]"},
    {"mask_token", "[MASK]"},
}};

int32_t id_of(const Vocabulary& vocabulary, const std::string& token, const std::string& source) {
  const auto found = vocabulary.find(token);
  if (found == vocabulary.end()) {
    fail("{}: has no token {}; it is not a BERT vocabulary", source, token);
  }
  return found->second;
}

/// A token to a line, its id the line's number from 0. Lines end as in Python's text files. An
/// empty line has an id, and no text ever has that token.
Vocabulary parse_vocabulary(std::string_view text, const std::string& source) {
  const size_t valid = valid_utf8_prefix(text);
  Vocabulary vocabulary;
  int32_t line_number = 0;
  for (size_t begin = 0; begin < text.size();) {
    ++line_number;
    const size_t end = std::min(text.find_first_of("\r\n", begin), text.size());
    if (valid < end) {
      fail("{}: line {}: not UTF-8 text; download the file again", source, line_number);
    }
    const std::string_view token = text.substr(begin, end - begin);
    begin = end + (text.substr(end).starts_with("\r\n") ? 2 : 1);
    if (token.empty()) continue;
    const auto [entry, fresh] = vocabulary.emplace(token, line_number - 1);
    if (!fresh) {
      fail("{}: line {}: the token '{}' is on line {} too; a vocabulary has each token once",
           source, line_number, token, entry->second + 1);
    }
  }
  if (vocabulary.empty()) fail("{}: holds no tokens; download the file again", source);
  return vocabulary;
}

/// Adds the tokens of `config` that stand whole in a text to those that `files` has already.
void add_configured_tokens(const TokenizerConfig& config, BertFiles& files) {
  const auto add = [&](AddedToken token, bool has_id) {
    const auto same = [&](const AddedToken& other) { return other.content == token.content; };
    if (std::any_of(files.added.begin(), files.added.end(), same)) return;
    const auto known = files.vocabulary.find(token.content);
    if (known != files.vocabulary.end()) {
      token.id = known->second;
    } else if (!has_id) {
      return;
    }
    files.added.push_back(std::move(token));
  };
  for (const AddedToken& token : config.added) add(token, true);
  for (const auto& [name, token] : config.special) add(token, false);
  for (const AddedToken& token : config.more_special) add(token, false);
  for (const auto& [name, content] : kSpecialTokens) {
    if (!config.special.contains(name)) add({std::string(content), 0, false}, false);
  }
}

void set_switches(const TokenizerConfig& config, BertNormaliser& normaliser) {
  normaliser.lower_case = config.get("do_lower_case", true).value_or(true);
  normaliser.strip_accents =
      config.get("strip_accents", std::nullopt).value_or(normaliser.lower_case);
  normaliser.space_ideographs = config.get("tokenize_chinese_chars", true).value_or(true);
}

BertFiles read_vocab_txt(const std::filesystem::path& path, const TokenizerConfig& config) {
  const std::string source = path.string();
  BertFiles files;
  files.vocabulary = parse_vocabulary(MappedFile(path).text(), source);
  files.unknown = id_of(files.vocabulary, config.special_token("unk_token", "[UNK]"), source);
  files.start = id_of(files.vocabulary, config.special_token("cls_token", "[CLS]"), source);
  files.end = id_of(files.vocabulary, config.special_token("sep_token", "[SEP]"), source);
  set_switches(config, files.normaliser);
  add_configured_tokens(config, files);
  return files;
}

/// The part of a tokenizer.json called `name`. UserError unless its type is `type`.
const SortedJson& part_of(const SortedJson& json, const char* name, std::string_view type,
                          const std::string& source) {
  const SortedJson* part = member(json, name);
  const std::string found = part == nullptr ? "" : text_member(*part, "type");
  if (found != type) {
    fail("{}: its {} is {}, which is not supported; a BERT tokenizer has {}", source, name,
         found.empty() ? "missing or of no known type" : fmt::format("a {}", found), type);
  }
  return *part;
}

const SortedJson& model_of(const SortedJson& json, const std::string& source) {
  // Files written before tokenizers 0.10 do not say the model's type; WordPiece alone has a longest
  // word.
  const SortedJson* model = member(json, "model");
  if (model != nullptr && member(*model, "type") == nullptr &&
      member(*model, "max_input_chars_per_word") != nullptr) {
    return *model;
  }
  return part_of(json, "model", "WordPiece", source);
}

BertNormaliser normaliser_of(const SortedJson& json, const std::string& source) {
  const SortedJson& part = part_of(json, "normalizer", "BertNormalizer", source);
  BertNormaliser normaliser;
  normaliser.clean = true_member(part, "clean_text");
  normaliser.space_ideographs = true_member(part, "handle_chinese_chars");
  normaliser.lower_case = true_member(part, "lowercase");
  const SortedJson* strip = member(part, "strip_accents");
  const bool said = strip != nullptr && strip->is_boolean();
  normaliser.strip_accents = said ? strip->get<bool>() : normaliser.lower_case;
  return normaliser;
}

/// The special token that stands in a template, or empty if something else does.
std::string template_token(const SortedJson& piece) {
  const SortedJson* token = member(piece, "SpecialToken");
  return token == nullptr ? "" : text_member(*token, "id");
}

/// A pair such as ["[SEP]", 102]; empty if it is none.
std::string pair_token(const SortedJson& part, const char* name) {
  const SortedJson* pair = member(part, name);
  const bool good = pair != nullptr && pair->is_array() && !pair->empty() && (*pair)[0].is_string();
  return good ? (*pair)[0].get<std::string>() : "";
}

/// The tokens that frame a text, by the post-processor.
std::pair<std::string, std::string> frame_of(const SortedJson& json, const std::string& source) {
  std::pair<std::string, std::string> frame;
  const SortedJson* part = member(json, "post_processor");
  if (part != nullptr && text_member(*part, "type") == "BertProcessing") {
    frame = {pair_token(*part, "cls"), pair_token(*part, "sep")};
  } else if (part != nullptr && text_member(*part, "type") == "TemplateProcessing") {
    const SortedJson* single = member(*part, "single");
    if (single != nullptr && single->is_array() && single->size() == 3 &&
        member((*single)[1], "Sequence") != nullptr) {
      frame = {template_token((*single)[0]), template_token((*single)[2])};
    }
  }
  if (frame.first.empty() || frame.second.empty()) {
    fail(
        "{}: its post_processor does not frame a text as [CLS] ... [SEP], as a BERT tokenizer's "
        "does",
        source);
  }
  return frame;
}

BertFiles read_tokenizer_json(const std::filesystem::path& path, const TokenizerConfig& config) {
  const std::string source = path.string();
  const SortedJson json = read_object(path);
  const SortedJson& model = model_of(json, source);
  part_of(json, "pre_tokenizer", "BertPreTokenizer", source);

  BertFiles files;
  files.normaliser = normaliser_of(json, source);
  const SortedJson* vocab = member(model, "vocab");
  if (vocab == nullptr || !vocab->is_object() || vocab->empty()) {
    fail("{}: holds no tokens; download the file again", source);
  }
  files.vocabulary = to_vocabulary(*vocab, source);
  if (const SortedJson* prefix = member(model, "continuing_subword_prefix")) {
    if (!prefix->is_string()) fail("{}: continuing_subword_prefix is not a text", source);
    files.continuing = prefix->get<std::string>();
  }
  if (const SortedJson* longest = member(model, "max_input_chars_per_word")) {
    files.longest_word = checked_id(*longest, "max_input_chars_per_word", source);
  }
  files.added = added_tokens_of(json, source);

  Vocabulary all = files.vocabulary;
  for (AddedToken& token : files.added) {
    token.id = all.emplace(token.content, token.id).first->second;
  }
  const std::string unknown = text_member(model, "unk_token");
  files.unknown = id_of(files.vocabulary, unknown.empty() ? "[UNK]" : unknown, source);
  const auto [start, end] = frame_of(json, source);
  files.start = id_of(all, start, source);
  files.end = id_of(all, end, source);
  if (config.tokenizer_class != "PreTrainedTokenizerFast") {
    set_switches(config, files.normaliser);
    add_configured_tokens(config, files);
  }
  return files;
}

}  // namespace

BertFiles read_bert_files(const std::filesystem::path& folder) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored)) {
    fail("{}: no such folder; expected one with a BERT tokenizer", folder.string());
  }
  const TokenizerConfig config = read_tokenizer_config(folder);
  const auto json = folder / "tokenizer.json";
  const auto text = folder / "vocab.txt";
  if (std::filesystem::exists(json, ignored)) return read_tokenizer_json(json, config);
  if (std::filesystem::exists(text, ignored)) return read_vocab_txt(text, config);
  fail("{}: no tokenizer here; expected tokenizer.json or vocab.txt", folder.string());
}

}  // namespace puente
