// How LLaMA-3 cuts a text into words before each is encoded (the pattern of tiktoken's cl100k_base,
// which GPT-4 has too). Every code point belongs to a word. Not for the encoding itself.
#pragma once

#include <cstddef>
#include <string_view>

namespace puente {

/// The pattern as a tokenizer.json has it. Of its alternatives the first that fits counts.
constexpr std::string_view kLlama3Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";

/// Code points of the word at the start of `text`, which is not empty. Takes time linear in the
/// word's length and the white space after it.
size_t llama3_word_length(std::u32string_view text);

}  // namespace puente
