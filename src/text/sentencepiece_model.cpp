#include "text/sentencepiece_model.h"

#include <cstring>
#include <sentencepiece_processor.h>
#include <string>

#include "base/error.h"
#include "base/mapped_file.h"
#include "text/sentencepiece_vocabulary.h"

namespace puente {
namespace {

// What of a model file's protobuf message matters here (sentencepiece_model.proto):
//   3 normalizer_spec, 5 denormalizer_spec:  a message, in it
//     2 precompiled_charsmap                 bytes
//     3 add_dummy_prefix                     bool
constexpr uint32_t kNormaliserSpec = 3;
constexpr uint32_t kDenormaliserSpec = 5;
constexpr uint32_t kCharsmap = 2;
// Normaliser spec { add_dummy_prefix: false }. A message that comes a second time is merged into
// the first, so that it can stand at the end of the file.
constexpr std::string_view kWithoutDummyPrefix("\x1a\x02\x18\x00", 4);

/// Takes a varint off the front; nothing if there is none.
std::optional<uint64_t> take_varint(std::string_view& bytes) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

/// Calls visit(number, content) for each field of a protobuf message that has bytes, until it
/// returns false. False also where the message is damaged.
template <class Visit>
bool each_field(std::string_view message, Visit&& visit) {
  enum WireType { varint = 0, eight_bytes = 1, length_delimited = 2, four_bytes = 5 };
  while (!message.empty()) {
    const std::optional<uint64_t> tag = take_varint(message);
    if (!tag) return false;
    uint64_t size = 0;
    switch (*tag & 7) {
      case varint:
        if (!take_varint(message)) return false;
        continue;
      case eight_bytes:
        size = 8;
        break;
      case four_bytes:
        size = 4;
        break;
      case length_delimited: {
        const std::optional<uint64_t> length = take_varint(message);
        if (!length) return false;
        size = *length;
        break;
      }
      default:
        return false;
    }
    if (size > message.size()) return false;
    const std::string_view content = message.substr(0, size);
    message.remove_prefix(size);
    if ((*tag & 7) == length_delimited && !visit(static_cast<uint32_t>(*tag >> 3), content)) {
      return false;
    }
  }
  return true;
}

/// A charsmap is the size of a double-array trie, the trie, and texts that end with a zero byte.
/// The library follows the trie's links without a look at where they lead, so a damaged one is
/// caught here (the units' bits are those of Darts-clone).
bool is_sound_charsmap(std::string_view charsmap) {
  if (charsmap.empty()) return true;
  uint32_t trie_size = 0;
  if (charsmap.size() <= sizeof(trie_size)) return false;
  std::memcpy(&trie_size, charsmap.data(), sizeof(trie_size));
  charsmap.remove_prefix(sizeof(trie_size));
  if (trie_size == 0 || trie_size % 4 != 0 || trie_size >= charsmap.size()) return false;
  std::vector<uint32_t> units(trie_size / 4);
  std::memcpy(units.data(), charsmap.data(), trie_size);
  const std::string_view texts = charsmap.substr(trie_size);
  if (texts.back() != '\0') return false;

  for (size_t i = 0; i < units.size(); ++i) {
    const uint32_t unit = units[i];
    const bool is_value = unit >> 31 != 0;
    if (is_value) continue;
    const size_t children = i ^ ((unit >> 10) << ((unit & 0x200u) >> 6));
    if ((children | 0xff) >= units.size()) return false;
    const bool has_value = (unit & 0x100u) != 0;
    if (has_value && (units[children] & 0x7fffffffu) >= texts.size()) return false;
  }
  return true;
}

/// The normaliser comes after the pieces: a file without one was cut short between two of them.
bool is_sound_model(std::string_view model) {
  bool has_normaliser = false;
  const bool sound = each_field(model, [&](uint32_t number, std::string_view content) {
    has_normaliser |= number == kNormaliserSpec;
    if (number != kNormaliserSpec && number != kDenormaliserSpec) return true;
    return each_field(content, [](uint32_t inner, std::string_view bytes) {
      return inner != kCharsmap || is_sound_charsmap(bytes);
    });
  });
  return sound && has_normaliser;
}

std::optional<int32_t> id_or_nothing(int id) { return id < 0 ? std::nullopt : std::optional(id); }

}  // namespace

struct SentencePieceModel::Impl {
  sentencepiece::SentencePieceProcessor processor;
};

SentencePieceModel::SentencePieceModel(const std::filesystem::path& path, SpacePrefix prefix)
    : impl_(std::make_unique<Impl>()) {
  std::string model(MappedFile(path).text());
  const bool sound = is_sound_model(model);
  if (prefix == SpacePrefix::never) model += kWithoutDummyPrefix;
  if (!sound || !impl_->processor.LoadFromSerializedProto(model).ok()) {
    fail("{}: not a SentencePiece model, or damaged; download the file again", path.string());
  }
}
SentencePieceModel::~SentencePieceModel() = default;
SentencePieceModel::SentencePieceModel(SentencePieceModel&&) noexcept = default;

std::vector<int32_t> SentencePieceModel::encode(std::string_view text) const {
  std::vector<std::string> pieces;
  const auto status = impl_->processor.Encode(text, &pieces);
  PUENTE_ASSERT(status.ok());
  // By way of the pieces' texts, as transformers has it.
  std::vector<int32_t> ids;
  ids.reserve(pieces.size());
  for (const std::string& piece : pieces) ids.push_back(impl_->processor.PieceToId(piece));
  return ids;
}

std::optional<int32_t> SentencePieceModel::find(std::string_view piece) const {
  const int id = impl_->processor.PieceToId(piece);
  if (impl_->processor.IdToPiece(id) != piece) return std::nullopt;
  return id;
}

std::optional<int32_t> SentencePieceModel::start() const {
  return id_or_nothing(impl_->processor.bos_id());
}

std::optional<int32_t> SentencePieceModel::end() const {
  return id_or_nothing(impl_->processor.eos_id());
}

int64_t SentencePieceModel::size() const { return impl_->processor.GetPieceSize(); }

TokenKind SentencePieceModel::kind_of(int32_t id) const {
  if (id < 0 || id >= size()) return TokenKind::text;
  if (impl_->processor.IsUnknown(id)) return TokenKind::unknown;
  const bool is_part =
      impl_->processor.IsByte(id) && byte_of_piece(impl_->processor.IdToPiece(id)) >= 0x80;
  return is_part ? TokenKind::part_of_character : TokenKind::text;
}

}  // namespace puente
