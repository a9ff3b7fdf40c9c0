// tokenizer_config.json and its older companions special_tokens_map.json and added_tokens.json:
// which options a tokenizer has, and which tokens stand whole in a text. What the options mean is
// for each tokenizer.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/added_tokens.h"

namespace puente {

struct TokenizerConfig {
  std::string source;                                      // the file, for messages
  std::string tokenizer_class;                             // empty if not said
  std::map<std::string, std::optional<bool>> switches;     // null, true or false
  std::map<std::string, AddedToken, std::less<>> special;  // "unk_token" ...; ids are not set
  std::vector<AddedToken> more_special;                    // additional; ids are not set
  std::vector<AddedToken> added;                           // listed with their ids

  /// The switch, or `otherwise` where the file does not have it.
  std::optional<bool> get(const std::string& name, std::optional<bool> otherwise) const;
  /// The text of a special token such as "unk_token", or `otherwise`.
  std::string special_token(std::string_view name, std::string_view otherwise) const;
};

/// Files that are absent count as empty. As in transformers 4.40, the companions count only where
/// tokenizer_config.json has no added_tokens_decoder. UserError names the file and what is wrong.
TokenizerConfig read_tokenizer_config(const std::filesystem::path& folder);

}  // namespace puente
