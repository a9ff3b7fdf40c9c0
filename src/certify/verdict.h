// Which precision to use, by rule: int8 where it keeps what the vectors tell apart, else fp32.
#pragma once

#include <optional>
#include <string>

#include "certify/label_check.h"
#include "certify/parity.h"
#include "tensor/precision.h"

namespace puente {

inline constexpr double kLeastMeanCosine = 0.99;
inline constexpr double kLeastCosine = 0.95;
inline constexpr double kLeastSameNeighbour = 0.97;
inline constexpr double kMostF1Lost = 0.01;  // absolute

struct Verdict {
  Precision precision = Precision::fp32;
  std::string why;  // one line: what was measured, or what falls short of the rule
};

/// Of one half alone, or of both together; a label, where there is one, speaks for each.
Verdict judge(const std::optional<Parity>& images, const std::optional<Parity>& texts,
              const std::optional<LabelCheck>& label);

}  // namespace puente
