#include "recipe/steps.h"

#include <algorithm>

#include "base/error.h"
#include "base/trimmed.h"
#include "text/prompt.h"

namespace puente {

void Preparation::mistake(TomlPlace place, std::string what) {
  out.mistakes.push_back({place, std::move(what)});
}

void Preparation::note(std::string line) { out.notes.push_back(std::move(line)); }

Column* Preparation::column(const Said& name) {
  for (Column& candidate : out.manifest.columns) {
    if (candidate.name == name.text) return &candidate;
  }
  try {
    out.manifest.column(name.text, "the recipe");
  } catch (const UserError& error) {
    mistake(name.place, error.what());
  }
  return nullptr;
}

void Preparation::keep_rows(const std::vector<char>& kept) {
  const auto keep = [&](auto& values) {
    size_t next = 0;
    for (size_t row = 0; row < values.size(); ++row) {
      if (!kept[row]) continue;
      if (next != row) values[next] = std::move(values[row]);
      ++next;
    }
    values.resize(next);
  };
  for (Column& column : out.manifest.columns) keep(column.values);
  keep(out.manifest.lines);
  if (!median_rows.empty()) keep(median_rows);
}

std::string canonical(std::string_view value) {
  value = trimmed(value);
  std::string_view digits = value.starts_with('-') ? value.substr(1) : value;
  const bool negative = digits.size() < value.size();
  std::string_view whole = digits.substr(0, digits.find('.'));
  std::string_view decimals = digits.substr(std::min(digits.size(), whole.size() + 1));
  const auto all_digits = [](std::string_view text) {
    return text.find_first_not_of("0123456789") == text.npos;
  };
  if (whole.empty() || !all_digits(whole) || !all_digits(decimals)) return std::string(value);
  if (digits.ends_with('.')) return std::string(value);
  whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size() - 1));
  while (decimals.ends_with('0')) decimals.remove_suffix(1);
  std::string text(whole);
  if (!decimals.empty()) text += "." + std::string(decimals);
  return negative && text != "0" ? "-" + text : text;
}

std::vector<std::string> columns_of(const Said& prompt) { return Prompt(prompt.text).columns(); }

Column& column_or_new(Manifest& manifest, const std::string& name) {
  for (Column& column : manifest.columns) {
    if (column.name == name) return column;
  }
  return manifest.columns.emplace_back(
      Column{name, std::vector<std::string>(manifest.lines.size())});
}

void keep_only(Preparation& work) {
  for (const auto& [name, values] : work.recipe.only) {
    const Column* column = work.column(name);
    if (column == nullptr) continue;
    std::vector<std::string> wanted;
    for (const std::string& value : values) wanted.push_back(canonical(value));
    std::vector<char> kept;
    for (const std::string& value : column->values) {
      kept.push_back(std::ranges::count(wanted, canonical(value)) > 0);
    }
    const auto count = std::ranges::count(kept, char{1});
    if (count == 0) {
      work.mistake(name.place, fmt::format("{}: no row has such a value in column '{}'",
                                           work.out.manifest.source, name.text));
      continue;
    }
    if (count < static_cast<std::ptrdiff_t>(kept.size())) {
      work.note(fmt::format("{} of {} rows are kept by [only] {}", count, kept.size(), name.text));
    }
    work.keep_rows(kept);
  }
}

}  // namespace puente
