// Outlier channels, as trained transformers have them: one in a thousand, fifty times larger.
#pragma once

#include <cstdint>

namespace puente {

constexpr float kOutlier = 50;
constexpr int64_t kChannelsPerOutlier = 1000;

}  // namespace puente
