// A table for the terminal: columns padded to their widest cell, numbers to the right.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace puente {

class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header);
  /// As many cells as the header has.
  void add(std::vector<std::string> row);
  /// The first column to the left, the others to the right; a line under the header.
  std::string text() const;
  /// The same for a Markdown file.
  std::string markdown() const;
  /// A tabular for a LaTeX file, with every cell's special signs as text.
  std::string latex() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// The same text in LaTeX.
std::string latex_text(std::string_view text);

/// 0.8123; "-" for NaN.
std::string score_text(double value);
/// +0.0123; "-" for NaN.
std::string signed_text(double value);
/// A p-value: 0.012, "< 0.001"; "-" for NaN.
std::string p_text(double p);

/// Three digits of what may be small: 0.0123, 4.56e-07; 0 for what rounding alone leaves of zero.
std::string small_text(double value);

}  // namespace puente
