// EncoderWorker: what a thread brings to an encoder, the buffers of a forward pass. They grow to
// what the first batch needs and are used again for the next.
#pragma once

#include <cstdint>
#include <vector>

#include "encoders/buffer.h"
#include "tensor/attention.h"
#include "tensor/key_value_stack.h"
#include "tensor/linear.h"

namespace puente {

struct BlockBuffers {
  Operand operand, hidden;
  Buffer query_key_value, attended, picked_query, picked_attended, gate;
  AlignedVector<float> floats;
  std::vector<Sequence> sequences;
  AttentionScratch attention;
  KeyValueStack stack;
};

struct EncoderWorker {
  Buffer patches, embedded, x, finer, pooled;
  std::vector<Sequence> sequences;
  std::vector<int64_t> picked;
  BlockBuffers block;
};

}  // namespace puente
