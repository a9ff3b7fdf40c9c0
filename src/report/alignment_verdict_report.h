// The verdict on a sweep's alignments: a paragraph and a table, for the terminal, as a Markdown
// file and as JSON.
#pragma once

#include <string>

#include "experiment/alignment_verdict.h"
#include "formats/json.h"

namespace puente {

/// "Alignment helps: shift with early fusion ..."
std::string verdict_sentence(const AlignmentVerdict& verdict);
Json verdict_json(const AlignmentVerdict& verdict);
std::string verdict_text(const AlignmentVerdict& verdict);
/// With `cautions`, a line each, on top.
std::string verdict_markdown(const AlignmentVerdict& verdict, const std::string& cautions);

}  // namespace puente
