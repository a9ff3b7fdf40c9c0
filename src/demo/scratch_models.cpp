#include "demo/scratch_models.h"

#include <map>
#include <set>
#include <string_view>

#include "base/atomic_file.h"
#include "base/temporary_folder.h"
#include "demo/random_encoder.h"
#include "text/bert_text.h"
#include "text/unicode.h"

namespace puente {

std::vector<std::string> wordpiece_vocabulary(std::span<const std::string> texts) {
  std::map<std::u32string, int64_t> words;
  std::set<char32_t> first, rest;
  for (const std::string& text : texts) {
    const std::u32string normal = BertNormaliser()(decode_utf8(text));
    for (std::u32string_view left = normal; !left.empty();) {
      const size_t length = bert_word_length(left);
      if (length == 0) {
        left.remove_prefix(1);
        continue;
      }
      const std::u32string_view word = left.substr(0, length);
      ++words[std::u32string(word)];
      first.insert(word.begin(), word.end());
      rest.insert(word.begin() + 1, word.end());
      left.remove_prefix(length);
    }
  }
  std::vector<std::string> tokens = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
  for (const char32_t character : first)
    tokens.push_back(encode_utf8(std::u32string(1, character)));
  for (const char32_t character : rest) {
    tokens.push_back("##" + encode_utf8(std::u32string(1, character)));
  }
  for (const auto& [word, count] : words) {
    if (count > 1 && word.size() > 1) tokens.push_back(encode_utf8(word));
  }
  return tokens;
}

void write_scratch_models(const std::filesystem::path& image_model,
                          const std::filesystem::path& text_model,
                          std::span<const std::string> texts, uint64_t seed) {
  std::string lines;
  for (const std::string& token : wordpiece_vocabulary(texts)) lines += token + "\n";
  const TemporaryFolder folder;
  const std::filesystem::path vocabulary = folder.path() / "vocab.txt";
  write_file(vocabulary, lines);
  write_random_encoder(image_model, "vit-scratch", {.seed = seed});
  write_random_encoder(text_model, "bert-scratch", {.seed = seed + 1, .vocabulary = vocabulary});
}

}  // namespace puente
