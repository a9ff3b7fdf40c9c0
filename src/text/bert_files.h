// The files in which a BERT tokenizer comes, read into one form.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "text/added_tokens.h"
#include "text/bert_text.h"
#include "text/bpe.h"

namespace puente {

struct BertFiles {
  Vocabulary vocabulary;  // the model's, without the added tokens
  BertNormaliser normaliser;
  std::string continuing = "##";  // before a piece that does not start its word
  int64_t longest_word = 100;     // in code points; longer ones are unknown
  std::vector<AddedToken> added;  // special tokens among them
  int32_t start = 0;              // [CLS]
  int32_t end = 0;                // [SEP]
  int32_t unknown = 0;            // [UNK]
};

/// `folder` has tokenizer.json, which is taken first, or vocab.txt, a token to a line; beside them
/// tokenizer_config.json where it was downloaded too. As with BertTokenizerFast, the latter's
/// do_lower_case, strip_accents and tokenize_chinese_chars, or the defaults of those that it does
/// not have, come before what tokenizer.json says of them, unless its tokenizer_class is
/// PreTrainedTokenizerFast.
/// UserError names the file, and the line of a vocabulary, and what is wrong with it.
BertFiles read_bert_files(const std::filesystem::path& folder);

}  // namespace puente
