#include "compare/paper_bytes.h"

namespace puente {
namespace {

constexpr int64_t kElementBytes = 4;

}  // namespace

int64_t paper_model_bytes(int64_t parameters) { return parameters * kElementBytes; }

int64_t paper_dataset_bytes(const FusionShape& shape, int64_t rows) {
  return rows * kElementBytes * (shape.image_dim + shape.text_dim + shape.outputs());
}

int64_t paper_raw_bytes(int64_t rows, int64_t side, int64_t longest_text) {
  return rows * (3 * side * side * kElementBytes + longest_text * 2 * 8 + 8);
}

}  // namespace puente
