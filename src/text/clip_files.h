// The files in which a CLIP tokenizer comes, read into one form. What the tokens mean and how texts
// are cut is clip_tokenizer's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "text/added_tokens.h"
#include "text/bpe.h"

namespace puente {

/// The mark of a word's last symbol.
constexpr std::string_view kClipEndOfWord = "</w>";

struct ClipFiles {
  Vocabulary vocabulary;  // the model's and the added tokens
  std::vector<BpeMerge> merges;
  std::string merges_source;     // the file that they come from
  int64_t first_merge_line = 1;  // for messages; in tokenizer.json the place in the list
  std::vector<AddedToken> added;
  int32_t start = 0;
  int32_t end = 0;
  int32_t unknown = -1;  // stands for bytes that the vocabulary lacks; -1: they are left out
};

/// Reads one of:
///   a folder with tokenizer.json (taken first, as Hugging Face's processors do)
///   a folder with vocab.json and merges.txt
///   OpenAI's bpe_simple_vocab_16e6.txt or .txt.gz
/// The first line of a merges file is its version and never a merge, and at most the 48,894 merges
/// that CLIP was trained with are taken, as Hugging Face and OpenAI both do.
/// UserError names the file and what is wrong with it.
ClipFiles read_clip_files(const std::filesystem::path& path);

}  // namespace puente
