// What stands around the tokens of a text, and what a text that is too long loses.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "text/tokenizer.h"

namespace puente {

/// `start`, as many of `inner` as there is room for, `end`; a frame may lack either. `text` is
/// shown in the UserError about a text that is too long.
TokenizedText frame(const std::vector<int32_t>& inner, std::optional<int32_t> start,
                    std::optional<int32_t> end, int64_t max_tokens, Truncate truncate,
                    std::u32string_view text);

/// For Truncate::error.
[[noreturn]] void fail_too_long(int64_t full_length, int64_t max_tokens, std::u32string_view text);

}  // namespace puente
