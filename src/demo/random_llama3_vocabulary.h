// The vocabulary of a random LLaMA-3: one that the caller has, else bytes.
#pragma once

#include <filesystem>

#include "demo/encoder_folder.h"
#include "text/llama3_vocabulary.h"

namespace puente {

/// `path` is a LLaMA-3's tokenizer.json or a folder with one. Empty: the 256 bytes,
/// <|begin_of_text|>, with which texts start, and <|end_of_text|>.
Llama3Vocabulary random_llama3_vocabulary(const std::filesystem::path& path);

/// tokenizer.json.
NamedFile tokenizer_file(const Llama3Vocabulary& vocabulary);

}  // namespace puente
