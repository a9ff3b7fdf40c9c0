// A folder with random weights, written and opened again.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "demo/random_encoder.h"
#include "formats/json.h"
#include "formats/safetensors.h"
#include "support/files.h"

namespace puente::test {

inline std::vector<float> values_of(const TensorInfo& tensor) {
  std::vector<float> values(static_cast<size_t>(tensor.elements()));
  to_float(tensor, values);
  return values;
}

struct Written {
  Written(std::string_view name, const RandomEncoderOptions& options) {
    write_random_encoder(folder.path(), name, options);
    weights = std::make_unique<SafetensorsFile>(folder / "model.safetensors");
  }
  std::vector<float> values(std::string_view name) const {
    return values_of(weights->tensor(name));
  }
  Json json(std::string_view name) const { return read_json(folder / name); }

  TemporaryFolder folder;
  std::unique_ptr<SafetensorsFile> weights;
};

}  // namespace puente::test
