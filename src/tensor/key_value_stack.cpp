#include "tensor/key_value_stack.h"

#include <algorithm>

#include "base/error.h"
#include "tensor/multiply.h"
#include "tensor/softmax.h"

namespace puente {
namespace {

// Scores of so many queries are in memory at once.
constexpr int64_t kStackQueries = 56;

}  // namespace

void KeyValueStack::reset(int64_t size, int64_t room) {
  room_ = room;
  keys_.reshape(size, room);
  values_.reshape(room, size);
}

void KeyValueStack::put(int64_t first, MatrixView<const float> keys,
                        MatrixView<const float> values) {
  const int64_t size = keys_.depth();
  PUENTE_ASSERT(keys.rows == values.rows && keys.cols == size && values.cols == size);
  PUENTE_ASSERT(first >= 0 && first + keys.rows <= room_);
  keys_.show(size, room_);
  values_.show(room_, size);
  keys_.set_columns(first, keys);
  values_.set_rows(first, values);
}

void KeyValueStack::attend(MatrixView<const float> query, int64_t first, MatrixView<float> out) {
  PUENTE_ASSERT(query.rows == out.rows && first + query.rows <= room_);
  const int64_t size = keys_.depth();
  for (int64_t done = 0; done < query.rows; done += kStackQueries) {
    const int64_t count = std::min(kStackQueries, query.rows - done);
    const int64_t seen = first + done + count;
    const int64_t stride = (seen + kPanelWidth - 1) / kPanelWidth * kPanelWidth;
    if (scores_.size() < static_cast<size_t>(count * stride)) {
      scores_.resize(static_cast<size_t>(count * stride));
    }
    const MatrixView<float> scores{scores_.data(), count, seen, stride};
    keys_.show(size, seen);
    multiply({query.row(done), count, size, query.stride}, keys_, scores);
    softmax(scores, first + done + 1, 1);
    values_.show(seen, size);
    multiply(scores, values_, {out.row(done), count, size, out.stride});
  }
}

}  // namespace puente
