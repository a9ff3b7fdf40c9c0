// The cone effect in an encoder (Liang et al. 2022; sections 2.4.4 and 2.4.5 of the paper): how
// alike the states of its inputs are after every layer, with the weights that it has and with
// random ones, of one's own pictures and texts and, beside them, of general pictures; and how much
// of the variance comes from the weights.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "puente/progress.h"

#include "align/variance_parts.h"
#include "certify/sample.h"
#include "encoders/encoder.h"

namespace puente {

struct ConeRequest {
  std::filesystem::path encoder;  // a folder, or a LLaMA in a .gguf file
  EncoderSettings settings;
  SampleRequest sample;
  std::optional<SampleRequest> general;  // pictures alone
  int64_t encoders = 5;                  // with random weights; 0: none
  uint64_t seed = 1;                     // of the first; the next has the next
  int threads = 1;
};

/// After one layer, or of the vectors themselves. Of states divided by their length.
struct LayerCone {
  /// Mean over all pairs of different inputs: equation 6 within a modality, for equation 7.
  double loaded_cosine = 0;
  double loaded_variance = 0;          // mean squared distance from the mean: equation 9
  std::vector<double> random_cosines;  // of each random encoder
  VarianceParts variance;              // over the random encoders; zeros where there are none
};

struct DataCone {
  int64_t inputs = 0;             // different pictures, or texts
  std::vector<LayerCone> layers;  // what enters the first, what leaves each, the vector
};

struct HalfCone {
  std::string position;  // what stands for an input: "class token"
  DataCone own;
  std::optional<DataCone> general;
};

struct ConeStudy {
  std::string architecture;
  bool untrained = false;
  int64_t rows = 0;             // drawn
  int64_t rows_there = 0;       // in the manifest
  std::vector<uint64_t> seeds;  // of the random encoders
  std::optional<HalfCone> image, text;
};

/// Loads each half for which the sample has inputs. Random encoders are written to a temporary
/// folder, one at a time. UserError as load_encoder() and draw_sample(); Interrupted. Of a model
/// whose random twin cannot be made (LLaMA) there are none, and a note says so.
ConeStudy study_cone(const ConeRequest& request, Progress& progress);

}  // namespace puente
