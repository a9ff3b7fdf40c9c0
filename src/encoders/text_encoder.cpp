// Texts in batches, for models that take each by itself.
#include <vector>

#include "base/interrupt.h"
#include "base/threads.h"
#include "encoders/encoder.h"
#include "encoders/text_batches.h"

namespace puente {

std::vector<int64_t> text_batches(std::span<const TokenizedText> texts, int64_t most_tokens) {
  std::vector<int64_t> firsts{0};
  int64_t tokens = 0;
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto length = static_cast<int64_t>(texts[i].ids.size());  // with what pads it
    tokens += length;
    if (tokens > most_tokens && static_cast<int64_t>(i) > firsts.back()) {
      firsts.push_back(static_cast<int64_t>(i));
      tokens = length;
    }
  }
  firsts.push_back(static_cast<int64_t>(texts.size()));
  return firsts;
}

TextPlan TextEncoder::plan(std::span<const TokenizedText> texts, const TextWork&) const {
  TextPlan plan;
  for (const TokenizedText& text : texts) {
    plan.tokens += text.length;
    plan.flop += flop(text.length);
  }
  plan.different_tokens = plan.nodes = plan.tokens;
  return plan;
}

TextPlan TextEncoder::encode_all(std::span<const TokenizedText> texts, const TextWork& work,
                                 const Receive& receive, Progress& progress) const {
  std::vector<EncoderWorker> workers(static_cast<size_t>(work.threads));
  const std::vector<int64_t> firsts = text_batches(texts, batch_tokens());
  progress.begin("encoding texts", "texts", static_cast<int64_t>(texts.size()));
  parallel_for(static_cast<int64_t>(firsts.size()) - 1, work.threads, [&](int64_t i, int worker) {
    check_interrupt();
    const int64_t first = firsts[static_cast<size_t>(i)];
    const int64_t size = firsts[static_cast<size_t>(i) + 1] - first;
    Matrix vectors(size, dimension());
    encode(workers[static_cast<size_t>(worker)],
           texts.subspan(static_cast<size_t>(first), static_cast<size_t>(size)), vectors.view());
    receive(first, vectors);
    progress.advance(size);
  });
  progress.end();
  return TextEncoder::plan(texts, work);
}

}  // namespace puente
