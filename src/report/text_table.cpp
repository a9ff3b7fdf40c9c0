#include "report/text_table.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace puente {
namespace {

/// Columns on the terminal; every code point counts as one.
size_t width_of(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace

TextTable::TextTable(std::vector<std::string> header) { rows_.push_back(std::move(header)); }

void TextTable::add(std::vector<std::string> row) {
  PUENTE_ASSERT(row.size() == rows_.front().size());
  rows_.push_back(std::move(row));
}

std::string TextTable::text() const {
  std::vector<size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    for (size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width_of(row[c]));
  }
  std::string out;
  for (size_t r = 0; r < rows_.size(); ++r) {
    std::string line;
    for (size_t c = 0; c < widths.size(); ++c) {
      const std::string pad(widths[c] - width_of(rows_[r][c]), ' ');
      if (c > 0) line += "  ";
      line += c == 0 ? rows_[r][c] + pad : pad + rows_[r][c];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
    if (r == 0) {
      size_t total = 2 * (widths.size() - 1);
      for (size_t width : widths) total += width;
      out += std::string(total, '-') + '\n';
    }
  }
  return out;
}

std::string TextTable::markdown() const {
  std::string out;
  for (size_t r = 0; r < rows_.size(); ++r) {
    for (const std::string& cell : rows_[r]) out += "| " + cell + " ";
    out += "|\n";
    if (r > 0) continue;
    for (size_t c = 0; c < rows_[r].size(); ++c) out += c == 0 ? "|---" : "|---:";
    out += "|\n";
  }
  return out;
}

std::string TextTable::latex() const {
  std::string out =
      "\\begin{tabular}{l" + std::string(rows_.front().size() - 1, 'r') + "}\n\\hline\n";
  for (size_t r = 0; r < rows_.size(); ++r) {
    for (size_t c = 0; c < rows_[r].size(); ++c) {
      out += (c == 0 ? "" : " & ") + latex_text(rows_[r][c]);
    }
    out += r == 0 ? " \\\\\n\\hline\n" : " \\\\\n";
  }
  return out + "\\hline\n\\end{tabular}\n";
}

std::string latex_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\textbackslash{}";
        break;
      case '~':
        out += "\\textasciitilde{}";
        break;
      case '^':
        out += "\\textasciicircum{}";
        break;
      case '<':
        out += "\\textless{}";
        break;
      case '>':
        out += "\\textgreater{}";
        break;
      case '|':
        out += "\\textbar{}";
        break;
      case '&':
      case '%':
      case '$':
      case '#':
      case '_':
      case '{':
      case '}':
        out += '\\';
        out += c;
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string score_text(double value) {
  return std::isnan(value) ? "-" : fmt::format("{:.4f}", value);
}

std::string signed_text(double value) {
  return std::isnan(value) ? "-" : fmt::format("{:+.4f}", value);
}

std::string p_text(double p) {
  if (std::isnan(p)) return "-";
  return p < 0.001 ? "< 0.001" : fmt::format("{:.3f}", p);
}

std::string small_text(double value) {
  return std::abs(value) < 1e-12 ? "0" : fmt::format("{:#.3g}", value);
}

}  // namespace puente
