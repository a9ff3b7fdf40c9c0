#include "text/tokenizer_json.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_set>
#include <utility>

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

std::vector<const SortedJson*> steps_of(const SortedJson& json, const char* name,
                                        const char* list) {
  const SortedJson* step = member(json, name);
  if (step == nullptr || step->is_null()) return {};
  const SortedJson* inner = member(*step, list);
  if (inner == nullptr || !inner->is_array()) return {step};
  std::vector<const SortedJson*> steps;
  for (const SortedJson& one : *inner) steps.push_back(&one);
  return steps;
}

const SortedJson* find_step(const SortedJson& json, const char* name, const char* list,
                            std::string_view type) {
  for (const SortedJson* step : steps_of(json, name, list)) {
    if (text_member(*step, "type") == type) return step;
  }
  return nullptr;
}

bool has_merges(const SortedJson& model) {
  const SortedJson* merges = member(model, "merges");
  return merges != nullptr && merges->is_array();
}

std::vector<BpeMerge> merges_of(const SortedJson& model, const std::string& source) {
  PUENTE_ASSERT(has_merges(model));
  std::vector<BpeMerge> merges;
  const SortedJson& list = model["merges"];
  merges.reserve(list.size());
  for (const SortedJson& value : list) {
    std::optional<BpeMerge> merge;
    if (value.is_string()) {
      merge = parse_merge(value.get_ref<const std::string&>());
    } else if (value.is_array() && value.size() == 2 && value[0].is_string() &&
               value[1].is_string()) {
      merge = {value[0].get<std::string>(), value[1].get<std::string>()};
    }
    if (!merge) {
      fail("{}: merge {} of the model is not two tokens with a space between them", source,
           merges.size() + 1);
    }
    merges.push_back(*std::move(merge));
  }
  return merges;
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
    tokens.push_back({content, checked_id(*id, content, source), true_member(token, "normalized"),
                      true_member(token, "special")});
  }
  return tokens;
}

}  // namespace puente
