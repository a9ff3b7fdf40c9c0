#include "text/tokenizer_json.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "base/error.h"
#include "base/mapped_file.h"
#include "formats/json.h"

namespace puente {

SortedJson read_object(const std::filesystem::path& path) {
  const MappedFile file(path);
  SortedJson json = SortedJson::parse(file.text(), nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) {
    read_json(path);  // names the place of the mistake
    fail("{}: not a JSON file", path.string());
  }
  if (!json.is_object()) fail("{}: should hold a JSON object", path.string());
  return json;
}

const SortedJson* member(const SortedJson& json, const char* name) {
  if (!json.is_object()) return nullptr;
  const auto found = json.find(name);
  return found == json.end() ? nullptr : &*found;
}

std::string text_member(const SortedJson& json, const char* name) {
  const SortedJson* value = member(json, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

bool true_member(const SortedJson& json, const char* name) {
  const SortedJson* value = member(json, name);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

int32_t checked_id(const SortedJson& value, std::string_view token, const std::string& source) {
  constexpr int64_t kLargest = std::numeric_limits<int32_t>::max() - 1;
  if (!value.is_number_integer() || value.get<int64_t>() < 0 || value.get<int64_t>() > kLargest ||
      (value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(kLargest))) {
    fail("{}: token '{}' has the id {}; ids are whole numbers from 0 on", source, token,
         value.dump(-1, ' ', true, SortedJson::error_handler_t::replace));
  }
  return value.get<int32_t>();
}

Vocabulary to_vocabulary(const SortedJson& json, const std::string& source) {
  Vocabulary vocabulary;
  vocabulary.reserve(json.size());
  std::unordered_set<int32_t> ids;
  for (const auto& [token, value] : json.items()) {
    const int32_t id = checked_id(value, token, source);
    if (!ids.insert(id).second) {
      fail("{}: token '{}' has the id {}, which another token has too; the file is damaged", source,
           token, id);
    }
    vocabulary.emplace(token, id);
  }
  return vocabulary;
}

std::vector<AddedToken> added_tokens_of(const SortedJson& json, const std::string& source) {
  std::vector<AddedToken> tokens;
  const SortedJson* list = member(json, "added_tokens");
  if (list == nullptr || !list->is_array()) return tokens;
  for (const SortedJson& token : *list) {
    const std::string content = text_member(token, "content");
    const SortedJson* id = member(token, "id");
    if (content.empty() || id == nullptr) {
      fail("{}: an added token has no content or no id", source);
    }
    if (true_member(token, "single_word")) {
      fail("{}: added token '{}' is single_word, which is not supported", source, content);
    }
    tokens.push_back({content, checked_id(*id, content, source), true_member(token, "normalized")});
  }
  return tokens;
}

}  // namespace puente
