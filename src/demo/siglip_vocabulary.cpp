#include "demo/siglip_vocabulary.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/mapped_file.h"

namespace puente {
namespace {

constexpr const char* kEnd = "</s>";
constexpr const char* kUnknown = "<unk>";

// A SentencePiece model is one protocol buffer: fields follow each other, each behind a number that
// says its own number (>> 3) and its form (& 7). Field 1 of the whole is a piece, a message again;
// field 1 of that is its text. Only these are looked at.
constexpr uint64_t kLengthForm = 2;
constexpr uint64_t kPieceField = 1, kTextField = 1;

class Fields {
 public:
  explicit Fields(std::string_view bytes) : rest_(bytes) {}

  /// The next field's content if it has a length, empty if it is a number; false at the end or,
  /// with broken() set, where the bytes make no sense.
  bool next(uint64_t& number, std::string_view& content) {
    uint64_t key = 0, size = 0;
    if (rest_.empty() || !read(key)) return false;
    number = key >> 3;
    content = {};
    switch (key & 7) {
      case 0:
        return read(size);
      case 1:
        return take(8, content);
      case kLengthForm:
        return read(size) && take(size, content);
      case 5:
        return take(4, content);
      default:
        return stop();
    }
  }
  bool broken() const { return broken_; }

 private:
  bool stop() {
    broken_ = true;
    return false;
  }
  bool read(uint64_t& value) {
    value = 0;
    for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return true;
    }
    return stop();
  }
  bool take(uint64_t size, std::string_view& content) {
    if (size > rest_.size()) return stop();
    content = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }

  std::string_view rest_;
  bool broken_ = false;
};

std::optional<std::string> text_of(std::string_view piece) {
  Fields fields(piece);
  uint64_t number = 0;
  std::string_view content;
  while (fields.next(number, content)) {
    if (number == kTextField) return std::string(content);
  }
  return std::nullopt;
}

std::optional<std::vector<std::string>> read_pieces(std::string_view bytes) {
  std::vector<std::string> pieces;
  Fields fields(bytes);
  uint64_t number = 0;
  std::string_view content;
  while (fields.next(number, content)) {
    if (number != kPieceField) continue;
    std::optional<std::string> text = text_of(content);
    if (!text) return std::nullopt;
    pieces.push_back(std::move(*text));
  }
  if (fields.broken() || pieces.empty()) return std::nullopt;
  return pieces;
}

int64_t id_of(const std::vector<std::string>& pieces, const char* token,
              const std::filesystem::path& source) {
  const auto found = std::ranges::find(pieces, token);
  if (found == pieces.end()) {
    fail("{}: has no piece {}; give the spiece.model of a SigLIP or T5 model", source.string(),
         token);
  }
  return found - pieces.begin();
}

Json added_token(const char* content, bool strip) {
  return {{"content", content},
          {"lstrip", strip},
          {"normalized", false},
          {"rstrip", strip},
          {"single_word", false}};
}

}  // namespace

SiglipVocabulary siglip_vocabulary(const std::filesystem::path& path) {
  const std::filesystem::path source =
      std::filesystem::is_directory(path) ? path / "spiece.model" : path;
  const MappedFile file(source);
  const std::optional<std::vector<std::string>> pieces = read_pieces(file.text());
  if (!pieces) {
    fail("{}: is not a SentencePiece model; give the spiece.model of a SigLIP model",
         source.string());
  }
  return {.bytes = std::string(file.text()),
          .pieces = static_cast<int64_t>(pieces->size()),
          .end = id_of(*pieces, kEnd, source),
          .unknown = id_of(*pieces, kUnknown, source)};
}

std::vector<NamedFile> tokenizer_files(const SiglipVocabulary& vocabulary, int64_t length) {
  const Json end = added_token(kEnd, true), unknown = added_token(kUnknown, false);
  Json added = {{std::to_string(vocabulary.end), end},
                {std::to_string(vocabulary.unknown), unknown}};
  for (auto& [id, token] : added.items()) token["special"] = true;
  const Json config = {{"added_tokens_decoder", added},
                       {"additional_special_tokens", Json::array()},
                       {"clean_up_tokenization_spaces", true},
                       {"do_lower_case", true},
                       {"eos_token", kEnd},
                       {"model_input_names", {"input_ids"}},
                       {"model_max_length", length},
                       {"pad_token", kEnd},
                       {"processor_class", "SiglipProcessor"},
                       {"sp_model_kwargs", Json::object()},
                       {"tokenizer_class", "SiglipTokenizer"},
                       {"unk_token", kUnknown}};
  return {{"spiece.model", vocabulary.bytes},
          json_file("tokenizer_config.json", config),
          json_file("special_tokens_map.json",
                    {{"eos_token", end}, {"pad_token", end}, {"unk_token", unknown}})};
}

}  // namespace puente
