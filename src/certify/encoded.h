// The vectors of a sample, and how fast they came: warm, the encoder alone. Pixels and tokens are
// made before the clock runs.
#pragma once

#include <cstdint>

#include "puente/matrix.h"
#include "puente/progress.h"

#include "certify/sample.h"
#include "encoders/encoder.h"

namespace puente {

struct Encoded {
  Matrix vectors;  // [different inputs, D]
  double per_second = 0;
  int64_t weight_bytes = 0;  // packed, in memory
};

/// `precision` stands in the progress. UserError for a picture that turns out to be broken inside.
Encoded encode_images(const ImageEncoder& encoder, const Sample& sample, Precision precision,
                      int threads, Progress& progress);
Encoded encode_texts(const TextEncoder& encoder, const Sample& sample, int threads,
                     Progress& progress);

}  // namespace puente
