// What a sentence-transformers folder says beside the model itself: how its authors pool, whether
// they normalise, and how many tokens they read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "encoders/encoder.h"

namespace puente {

struct SentenceConfig {
  std::optional<Pool> pool;           // 1_Pooling/config.json
  bool normalise = false;             // modules.json has a Normalize module
  std::optional<int64_t> max_tokens;  // sentence_bert_config.json
};

/// Nothing of it where the files are not there. UserError for a way of pooling that is not known.
SentenceConfig read_sentence_config(const std::filesystem::path& folder);

}  // namespace puente
