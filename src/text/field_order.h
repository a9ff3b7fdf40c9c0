// In which order a prompt template's sentences make the smallest tree of tokens (token_tree.h), and
// so the least work for a causal text model: sentences of few different values first, as a rule.
// A proposal, for a person to take or leave: another order is another text, with another vector.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/prompt.h"
#include "text/tokenizer.h"

namespace puente {

/// The texts of all records under a prompt, in the order of the records.
using RenderRecords = std::function<std::vector<std::string>(const Prompt&)>;
/// A text's ids, as the model is to read them.
using TokenizeText = std::function<TokenizedText(std::string_view)>;

struct FieldOrder {
  std::string prompt;     // the template in the order proposed
  int64_t nodes = 0;      // of its texts' tree
  int64_t nodes_now = 0;  // with the template as it stands
};

/// The best order of the template's sentences for these records; nothing where the template cannot
/// be cut (see cut_prompt), or no order found is better than its own. With at most seven movable
/// sentences all orders are weighed, with more they are picked one by one, the one that multiplies
/// the different beginnings least first. Orders are weighed by the tokens of each sentence alone,
/// on at most 20,000 different records; both figures are those of the true trees of all texts.
/// UserError as `render` and `tokenize` throw.
std::optional<FieldOrder> propose_field_order(std::string_view prompt, const RenderRecords& render,
                                              const TokenizeText& tokenize);

}  // namespace puente
