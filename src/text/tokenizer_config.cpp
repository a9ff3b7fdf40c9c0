#include "text/tokenizer_config.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "text/tokenizer_json.h"

namespace puente {
namespace {

/// A token written as a text or as an object with flags. No token where it is neither, such as
/// null. Flags that are not said: a special token is not normalised, another is.
std::optional<AddedToken> token_of(const SortedJson& json, bool special,
                                   const std::string& source) {
  if (json.is_string()) return AddedToken{json.get<std::string>(), 0, false, special};
  const std::string content = text_member(json, "content");
  if (content.empty()) return std::nullopt;
  if (true_member(json, "single_word")) {
    fail("{}: token '{}' is single_word, which is not supported", source, content);
  }
  const bool said = member(json, "normalized") != nullptr;
  return AddedToken{content, 0, said ? true_member(json, "normalized") : !special, special};
}

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

/// Takes the members of `json` that name a special token: "unk_token", "cls_token" ...
void take_special_tokens(const SortedJson& json, const std::string& source,
                         TokenizerConfig& config) {
  for (const auto& [key, value] : json.items()) {
    if (key == "additional_special_tokens" && value.is_array()) {
      for (const SortedJson& one : value) {
        if (auto token = token_of(one, true, source))
          config.more_special.push_back(*std::move(token));
      }
    } else if (key.ends_with("_token")) {
      if (auto token = token_of(value, true, source)) config.special[key] = *std::move(token);
    }
  }
}

void take_added_tokens_decoder(const SortedJson& json, const std::string& source,
                               TokenizerConfig& config) {
  for (const auto& [key, value] : json.items()) {
    std::optional<AddedToken> token = token_of(value, true_member(value, "special"), source);
    if (!token) fail("{}: the added token with the id '{}' has no content", source, key);
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), token->id);
    if (error != std::errc() || end != key.data() + key.size() || token->id < 0) {
      fail("{}: added token '{}' has the id '{}'; ids are whole numbers from 0 on", source,
           token->content, key);
    }
    config.added.push_back(*std::move(token));
  }
}

bool is_special(const TokenizerConfig& config, std::string_view content) {
  for (const auto& [name, token] : config.special) {
    if (token.content == content) return true;
  }
  for (const AddedToken& token : config.more_special) {
    if (token.content == content) return true;
  }
  return false;
}

}  // namespace

std::optional<bool> TokenizerConfig::get(const std::string& name,
                                         std::optional<bool> otherwise) const {
  const auto found = switches.find(name);
  return found == switches.end() ? otherwise : found->second;
}

std::string TokenizerConfig::special_token(std::string_view name,
                                           std::string_view otherwise) const {
  const auto found = special.find(name);
  return std::string(found == special.end() ? otherwise : found->second.content);
}

TokenizerConfig read_tokenizer_config(const std::filesystem::path& folder) {
  TokenizerConfig config;
  config.source = (folder / "tokenizer_config.json").string();
  if (is_there(config.source)) {
    const SortedJson json = read_object(config.source);
    config.tokenizer_class = text_member(json, "tokenizer_class");
    take_special_tokens(json, config.source, config);
    for (const auto& [key, value] : json.items()) {
      if (value.is_boolean()) config.switches[key] = value.get<bool>();
      if (value.is_null()) config.switches[key] = std::nullopt;
    }
    const SortedJson* added = member(json, "added_tokens_decoder");
    if (added != nullptr && added->is_object()) {
      take_added_tokens_decoder(*added, config.source, config);
      return config;
    }
  }
  if (const auto path = folder / "special_tokens_map.json"; is_there(path)) {
    take_special_tokens(read_object(path), path.string(), config);
  }
  if (const auto path = folder / "added_tokens.json"; is_there(path)) {
    const SortedJson json = read_object(path);
    for (const auto& [content, id] : json.items()) {
      const bool special = is_special(config, content);
      config.added.push_back({content, checked_id(id, content, path.string()), !special, special});
    }
  }
  return config;
}

}  // namespace puente
