// The model card: what TRIPOD+AI (2024) and CLAIM (2020) ask for about a model, filled in from the
// files as far as they know it, the rest left open.
//
//   [{"heading": "Outcome", "source": "TRIPOD+AI 8a; CLAIM 14",
//     "entries": [{"item": "Column", "text": "dx"}, {"item": "How it was assessed", "text":
//     null}]}]
//
// Numbers are those of the checklists' items; the words are ours. null: for people to fill in.
#pragma once

#include <string>
#include <vector>

#include "formats/json.h"
#include "results/find_results.h"

namespace puente {

/// `found`: a training with what lies beside it. The card is about the training (of several, that
/// of the best validation macro F1); without one, about what there is.
Json model_card(const std::string& name, const std::vector<FoundResult>& found);

/// As Markdown.
std::string card_markdown(const std::string& name, const Json& card);

}  // namespace puente
