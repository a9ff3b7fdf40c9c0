#include "formats/npy.h"

#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "formats/csv.h"

namespace puente {
namespace {

constexpr std::string_view kNpyMagic = "\x93NUMPY";
constexpr size_t kMostAxes = 4;

/// What the header's Python dictionary says.
struct Header {
  std::string descr;
  std::optional<bool> fortran_order;
  std::optional<std::vector<int64_t>> shape;
};

/// Reads the one form of dictionary that NumPy writes: text, True or False, and a tuple of numbers.
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : rest_(text) {}

  /// Nothing where the text is not such a dictionary.
  std::optional<Header> parse() {
    Header header;
    if (!take('{')) return std::nullopt;
    while (!take('}')) {
      const auto key = quoted();
      if (!key || !take(':')) return std::nullopt;
      if (*key == "descr") {
        // A structured type is a list of pairs: kept as text, to be refused by name.
        const auto type = quoted();
        if (!type) return Header{"a structured type", {}, {}};
        header.descr = *type;
      } else if (*key == "fortran_order") {
        if (take_word("True")) {
          header.fortran_order = true;
        } else if (take_word("False")) {
          header.fortran_order = false;
        } else {
          return std::nullopt;
        }
      } else if (*key == "shape") {
        header.shape = tuple();
        if (!header.shape) return std::nullopt;
      } else {
        return std::nullopt;
      }
      if (!take(',') && !next_is('}')) return std::nullopt;
    }
    skip_blanks();
    if (!rest_.empty() || header.descr.empty() || !header.fortran_order || !header.shape) {
      return std::nullopt;
    }
    return header;
  }

 private:
  void skip_blanks() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\n')) rest_.remove_prefix(1);
  }
  bool next_is(char c) {
    skip_blanks();
    return !rest_.empty() && rest_[0] == c;
  }
  bool take(char c) {
    if (!next_is(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take_word(std::string_view word) {
    skip_blanks();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  std::optional<std::string> quoted() {
    const char quote = next_is('\'') ? '\'' : '"';
    if (!take(quote)) return std::nullopt;
    const size_t end = rest_.find(quote);
    if (end == std::string_view::npos) return std::nullopt;
    std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return text;
  }
  std::optional<std::vector<int64_t>> tuple() {
    std::vector<int64_t> sizes;
    if (!take('(')) return std::nullopt;
    while (!take(')')) {
      skip_blanks();
      int64_t size = 0;
      const auto result = std::from_chars(rest_.data(), rest_.data() + rest_.size(), size);
      if (result.ec != std::errc() || size < 0) return std::nullopt;
      rest_.remove_prefix(static_cast<size_t>(result.ptr - rest_.data()));
      take_word("L");  // Python 2 wrote 3L
      sizes.push_back(size);
      if (!take(',') && !next_is(')')) return std::nullopt;
    }
    return sizes;
  }

  std::string_view rest_;
};

/// Cuts the header off the front of `text`.
std::string_view take_header(std::string_view& text, const std::string& source) {
  if (!text.starts_with(kNpyMagic) || text.size() < kNpyMagic.size() + 2) {
    fail("{}: is not a .npy file; write it with numpy.save", source);
  }
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(text[i])); };
  const uint32_t major = byte(6), minor = byte(7);
  if (major < 1 || major > 3 || minor != 0) {
    fail("{}: is .npy version {}.{}; versions 1.0 to 3.0 can be read", source, major, minor);
  }
  const size_t lead = major == 1 ? 10 : 12;
  if (text.size() < lead) fail("{}: is cut short in its header", source);
  const size_t length = byte(8) | byte(9) << 8 | (major == 1 ? 0 : byte(10) << 16 | byte(11) << 24);
  if (length > text.size() - lead) fail("{}: is cut short in its header", source);
  const std::string_view header = text.substr(lead, length);
  text.remove_prefix(lead + length);
  return header;
}

}  // namespace

NpyFile::NpyFile(const std::filesystem::path& path) : file_(path) {
  const std::string source = path.string();
  std::string_view data = file_.text();
  const auto header = HeaderParser(take_header(data, source)).parse();
  if (!header) fail("{}: its .npy header is damaged; write it again with numpy.save", source);
  if (header->descr != "<f4" && header->descr != "<f8") {
    fail("{}: holds {}, not float32; write array.astype('<f4')", source,
         quoted_excerpt(header->descr));
  }
  if (*header->fortran_order) {
    fail("{}: is in Fortran order; write numpy.ascontiguousarray(array)", source);
  }
  if (header->shape->size() > kMostAxes) {
    fail("{}: has {} axes; at most {} can be read", source, header->shape->size(), kMostAxes);
  }
  tensor_.name = "array";
  tensor_.source = source;
  tensor_.shape = *header->shape;
  tensor_.dtype = header->descr == "<f4" ? DType::kF32 : DType::kF64;
  const auto elements = element_count(tensor_.shape);
  int64_t bytes = 0;
  if (!elements || __builtin_mul_overflow(*elements, element_size(tensor_.dtype), &bytes) ||
      static_cast<size_t>(bytes) != data.size()) {
    fail(
        "{}: has {} bytes of data, which is not what shape {} of {} takes; it was cut short or "
        "damaged",
        source, data.size(), shape_text(tensor_.shape), dtype_name(tensor_.dtype));
  }
  tensor_.bytes = std::as_bytes(std::span(data));
}

NpyWriter::NpyWriter(const std::filesystem::path& path, std::span<const int64_t> shape)
    : file_(path) {
  const auto elements = element_count(shape);
  PUENTE_ASSERT(elements && shape.size() <= kMostAxes);
  missing_ = *elements;
  std::string header = fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}{}), }}",
                                   fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  constexpr size_t kLead = 10, kAlignment = 64;
  const size_t total = (kLead + header.size() + 1 + kAlignment - 1) / kAlignment * kAlignment;
  header.resize(total - kLead - 1, ' ');
  header += '\n';
  std::string lead(kNpyMagic);
  lead += '\x01';
  lead += '\0';
  lead += static_cast<char>(header.size() & 0xff);
  lead += static_cast<char>(header.size() >> 8);
  file_.write(lead);
  file_.write(header);
}

void NpyWriter::write(std::span<const float> values) {
  PUENTE_ASSERT(static_cast<int64_t>(values.size()) <= missing_);
  missing_ -= static_cast<int64_t>(values.size());
  file_.write(std::as_bytes(values));
}

void NpyWriter::finish() {
  PUENTE_ASSERT(missing_ == 0);
  file_.finish();
}

void NpyWriter::commit() {
  finish();
  file_.commit();
}

}  // namespace puente
