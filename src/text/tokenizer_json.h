// Reading the JSON files of tokenizers: members that may be absent, vocabularies, added tokens.
// What they mean to one kind of tokenizer is for its own files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "text/added_tokens.h"
#include "text/bpe.h"

namespace puente {

/// Not the Json of formats/json.h: that one keeps the order of keys, and looking one up takes
/// linear time, which a vocabulary of fifty thousand cannot have.
using SortedJson = nlohmann::json;

/// UserError where the file is not JSON, naming the place, or does not hold an object.
SortedJson read_object(const std::filesystem::path& path);

/// nullptr where `json` is no object or has no such member.
const SortedJson* member(const SortedJson& json, const char* name);
/// Empty where the member is absent or not a text.
std::string text_member(const SortedJson& json, const char* name);
/// False where the member is absent.
bool true_member(const SortedJson& json, const char* name);

/// A token's id: a whole number from 0 on. UserError names `token` and `source`, the file.
int32_t checked_id(const SortedJson& value, std::string_view token, const std::string& source);

/// {"token": id, ...}. UserError where two tokens have one id.
Vocabulary to_vocabulary(const SortedJson& json, const std::string& source);

/// The steps under `name` of a tokenizer.json ("normalizer", "pre_tokenizer" ...): what stands
/// there itself, or where it is a sequence those in its `list`. None where it is absent or null.
std::vector<const SortedJson*> steps_of(const SortedJson& json, const char* name, const char* list);
/// The first of them that has this "type"; nullptr where there is none.
const SortedJson* find_step(const SortedJson& json, const char* name, const char* list,
                            std::string_view type);

/// Whether a tokenizer.json's model has a list of merges.
bool has_merges(const SortedJson& model);
/// That list. UserError where one of it is not two tokens.
std::vector<BpeMerge> merges_of(const SortedJson& model, const std::string& source);

/// The list "added_tokens" of a tokenizer.json; empty where it has none. UserError where a token
/// has no content or id, or is one that counts only as a whole word (single_word).
std::vector<AddedToken> added_tokens_of(const SortedJson& json, const std::string& source);

}  // namespace puente
