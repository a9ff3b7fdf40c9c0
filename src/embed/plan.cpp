// What embedding the texts would take: the tree that they make, and how fast this machine is.
#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/resources.h"
#include "base/threads.h"
#include "embed/embed.h"
#include "embed/texts.h"
#include "tensor/linear.h"

namespace puente {
namespace {

/// Multiplications and additions a second of matrix products on all threads, from a short run.
double measured_rate(Precision precision, int threads) {
  constexpr int64_t kSize = 1024, kRounds = 12;
  constexpr double kEnough = 0.3;  // seconds
  PackedLinear linear(kSize, kSize, precision);
  const Matrix x(kMostRows, kSize);
  struct Worker {
    Operand operand;
    Matrix y{kMostRows, kSize};
  };
  std::vector<Worker> workers(static_cast<size_t>(threads));
  double best = 0;
  const Stopwatch whole;
  do {
    const Stopwatch watch;
    parallel_for(kRounds * threads, threads, [&](int64_t, int worker) {
      Worker& w = workers[static_cast<size_t>(worker)];
      linear.forward(x, Activation::none, w.y.view(), w.operand);
    });
    const double flop = 2.0 * static_cast<double>(kRounds * threads * kMostRows * kSize * kSize);
    best = std::max(best, flop / watch.seconds());
  } while (whole.seconds() < kEnough);
  return best;
}

std::vector<std::string> render_all(const Manifest& manifest, const Prompt& prompt) {
  const Texts texts = render_prompts(manifest, prompt);
  std::vector<std::string> all;
  all.reserve(texts.of_row.size());
  for (const int32_t text : texts.of_row) all.push_back(texts.texts[static_cast<size_t>(text)]);
  return all;
}

}  // namespace

EmbedPlan plan_texts(const EmbedJob& job, const std::string& prompt, Precision precision) {
  PUENTE_ASSERT(job.texts && job.text_encoder != nullptr);
  const TextEncoder& encoder = *job.text_encoder;
  const Truncate truncate = job.texts->truncate;
  const Texts texts = render_prompts(job.manifest, job.texts->prompt);
  const std::vector<TokenizedText> tokens = tokenize(texts, encoder, truncate);
  EmbedPlan plan;
  plan.rows = job.manifest.rows();
  plan.texts = static_cast<int64_t>(tokens.size());
  plan.truncated_texts = count_truncated(texts, tokens);
  for (const TokenizedText& text : tokens) {
    plan.longest_text = std::max(plan.longest_text, text.full_length);
  }
  plan.work = encoder.plan(tokens, {job.threads, job.memory});
  // Of all rows, equal texts as often as they come.
  plan.work.tokens = 0;
  for (const int32_t text : texts.of_row) {
    plan.work.tokens += tokens[static_cast<size_t>(text)].length;
  }
  plan.seconds = plan.work.flop / measured_rate(precision, job.threads);
  if (!prompt.empty() && plan.work.nodes < plan.work.different_tokens) {
    plan.order = propose_field_order(
        prompt, [&](const Prompt& other) { return render_all(job.manifest, other); },
        [&](std::string_view text) { return encoder.tokenize(text, truncate); });
  }
  return plan;
}

}  // namespace puente
