#include "demo/sentencepiece_file.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/file_status.h"
#include "base/mapped_file.h"

namespace puente {
namespace {

// A SentencePiece model is one protocol buffer: fields follow each other, each behind a number that
// says its own number (>> 3) and its form (& 7). Field 1 of the whole is a piece, a message again;
// that one's fields are its text, its score and its kind. Only these are looked at.
constexpr uint64_t kNumberForm = 0, kLengthForm = 2, kFloatForm = 5;
constexpr uint64_t kPieceField = 1, kTextField = 1, kScoreField = 2, kKindField = 3;

struct Field {
  uint64_t number = 0;
  uint64_t value = 0;             // of a number
  std::string_view content = {};  // of anything else
};

class Fields {
 public:
  explicit Fields(std::string_view bytes) : rest_(bytes) {}

  /// False at the end or, with broken() set, where the bytes make no sense.
  bool next(Field& field) {
    uint64_t key = 0, size = 0;
    if (rest_.empty() || !read(key)) return false;
    field = {.number = key >> 3};
    switch (key & 7) {
      case kNumberForm:
        return read(field.value);
      case 1:
        return take(8, field.content);
      case kLengthForm:
        return read(size) && take(size, field.content);
      case kFloatForm:
        return take(4, field.content);
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

std::optional<SentencePiece> parse_piece(std::string_view message) {
  SentencePiece piece;
  bool named = false;
  Fields fields(message);
  for (Field field; fields.next(field);) {
    if (field.number == kTextField) {
      piece.text = field.content;
      named = true;
    } else if (field.number == kScoreField && field.content.size() == sizeof piece.score) {
      std::memcpy(&piece.score, field.content.data(), sizeof piece.score);
    } else if (field.number == kKindField && field.value >= 1 && field.value <= 6) {
      piece.kind = static_cast<PieceKind>(field.value);
    }
  }
  return named && !fields.broken() ? std::optional(std::move(piece)) : std::nullopt;
}

std::optional<std::vector<SentencePiece>> parse_pieces(std::string_view bytes) {
  std::vector<SentencePiece> pieces;
  Fields fields(bytes);
  for (Field field; fields.next(field);) {
    if (field.number != kPieceField) continue;
    std::optional<SentencePiece> piece = parse_piece(field.content);
    if (!piece) return std::nullopt;
    pieces.push_back(std::move(*piece));
  }
  if (fields.broken() || pieces.empty()) return std::nullopt;
  return pieces;
}

}  // namespace

int64_t SentencePieceFile::id_of(const char* text) const {
  const auto found = std::ranges::find(pieces, text, &SentencePiece::text);
  if (found == pieces.end()) {
    fail("{}: has no piece {}; give {}", path.string(), text, wanted);
  }
  return found - pieces.begin();
}

SentencePieceFile read_sentencepiece(const std::filesystem::path& path, const char* name,
                                     std::string wanted) {
  const auto source = is_folder(path) ? path / name : path;
  const MappedFile file(source);
  std::optional<std::vector<SentencePiece>> pieces = parse_pieces(file.text());
  if (!pieces) {
    fail("{}: is not a SentencePiece model; give {}", source.string(), wanted);
  }
  return {.path = source,
          .wanted = std::move(wanted),
          .bytes = std::string(file.text()),
          .pieces = std::move(*pieces)};
}

}  // namespace puente
