// `embed --precision auto`: the precision that this machine's certificate of a model recommends for
// the halves that are used.
#pragma once

#include <filesystem>
#include <string>

#include "encoders/encoder.h"

namespace puente {

struct PrecisionChoice {
  Precision precision = Precision::fp32;
  std::string why;  // one line, names the folder
};

/// fp32 where there is no certificate, or none that speaks of those halves. `parts` are the halves
/// that will be used; the precision in `settings` does not matter.
PrecisionChoice choose_precision(const std::filesystem::path& folder, EncoderParts parts,
                                 const EncoderSettings& settings);

}  // namespace puente
