#include "store/layout.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_set>

#include "base/error.h"
#include "formats/csv.h"

namespace puente {
namespace {

struct Naming {
  std::string_view image;  // what stands before the number
  std::optional<std::string_view> text;
  bool from_one;     // may count from 1
  int64_t at_least;  // fewer columns than this are not a vector
  std::string_view text_list;
};

constexpr Naming kNamings[] = {
    {"image_embedding_", "text_embedding_", false, 1, ""},
    {"img_emb_", "text_emb_", false, 1, ""},
    {"image_", "text_", true, 1, ""},
    {"", std::nullopt, false, 2, "embeddings"},
};

/// The number that follows `prefix`, where nothing else does and it is written as programs write
/// it.
std::optional<int64_t> number_after(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  const std::string_view digits = name.substr(prefix.size());
  if (digits.empty() || digits.size() > 9 || (digits[0] == '0' && digits.size() > 1)) {
    return std::nullopt;
  }
  int64_t number = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (result.ec != std::errc() || result.ptr != digits.data() + digits.size() || number < 0) {
    return std::nullopt;
  }
  return number;
}

/// Finds one modality's columns and marks them in the layout. Returns how many numbers it has.
int64_t mark_vector(std::span<const std::string> header, std::string_view prefix,
                    const Naming& naming, FieldKind kind, TableLayout& layout,
                    const std::string& source) {
  std::vector<std::pair<int64_t, size_t>> found;  // number, column
  for (size_t column = 0; column < header.size(); ++column) {
    if (const auto number = number_after(header[column], prefix)) {
      found.emplace_back(*number, column);
    }
  }
  if (static_cast<int64_t>(found.size()) < naming.at_least) return 0;
  std::ranges::sort(found);
  const int64_t first = naming.from_one && found[0].first == 1 ? 1 : 0;
  for (size_t i = 0; i < found.size(); ++i) {
    const int64_t expected = first + static_cast<int64_t>(i);
    if (found[i].first != expected) {
      fail("{}: column {}{} is missing, and {} is there; the table was damaged, write it again",
           source, prefix, expected, header[found[i].second]);
    }
    layout.fields[found[i].second] = {kind, static_cast<int64_t>(i)};
  }
  return static_cast<int64_t>(found.size());
}

void mark_vectors(std::span<const std::string> header, TableLayout& layout,
                  const std::string& source) {
  for (const Naming& naming : kNamings) {
    layout.image_dim = mark_vector(header, naming.image, naming, FieldKind::kImage, layout, source);
    if (naming.text) {
      layout.text_dim = mark_vector(header, *naming.text, naming, FieldKind::kText, layout, source);
    }
    for (size_t i = 0; i < header.size(); ++i) {
      if (!naming.text_list.empty() && header[i] == naming.text_list) {
        layout.fields[i] = {FieldKind::kTextList, 0};
      }
    }
    if (layout.has_vectors()) return;
  }
}

void require_distinct_names(std::span<const std::string> header, const std::string& source) {
  std::unordered_set<std::string_view> seen;
  for (size_t i = 0; i < header.size(); ++i) {
    if (header[i].empty() && i > 0) {
      fail("{}: column {} has no name in the header line", source, i + 1);
    }
    if (!seen.insert(header[i]).second) {
      fail("{}: two columns are called {}", source, quoted_excerpt(header[i]));
    }
  }
}

void name_plain_columns(std::span<const std::string> header, TableLayout& layout) {
  for (size_t i = 0; i < header.size(); ++i) {
    FieldPlace& field = layout.fields[i];
    if (field.kind != FieldKind::kPlain) continue;
    if (header[i].empty() && std::ranges::find(header, "index") != header.end()) {
      field.kind = FieldKind::kIgnored;
      continue;
    }
    field.index = static_cast<int64_t>(layout.plain.size());
    layout.plain.push_back(header[i].empty() ? "index" : header[i]);
  }
}

}  // namespace

bool TableLayout::has_text_list() const {
  return std::ranges::any_of(
      fields, [](const FieldPlace& field) { return field.kind == FieldKind::kTextList; });
}

TableLayout detect_layout(std::span<const std::string> header, const std::string& source) {
  require_distinct_names(header, source);
  TableLayout layout;
  layout.fields.resize(header.size());
  mark_vectors(header, layout, source);
  name_plain_columns(header, layout);
  return layout;
}

TableLayout plain_layout(std::span<const std::string> header, const std::string& source) {
  require_distinct_names(header, source);
  TableLayout layout;
  layout.fields.resize(header.size());
  name_plain_columns(header, layout);
  return layout;
}

bool is_embedding_name(std::string_view name) {
  return number_after(name, kNamings[0].image) || number_after(name, *kNamings[0].text);
}

}  // namespace puente
