// A comparison in the forms that people take along: JSON and CSV with every figure as it was
// measured, Markdown, LaTeX and the terminal with the tables.
#pragma once

#include <string>
#include <vector>

#include "compare/comparison.h"
#include "formats/json.h"

namespace puente {

Json comparison_json(const Comparison& comparison);
/// A line for each row; what it does not have is empty.
std::string comparison_csv(const Comparison& comparison);
std::string break_even_csv(const Comparison& comparison);
std::string comparison_markdown(const Comparison& comparison);
/// For \input; needs the package graphicx.
std::string comparison_latex(const Comparison& comparison);
std::string comparison_text(const Comparison& comparison);

}  // namespace puente
