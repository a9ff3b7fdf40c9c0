// What embedding the texts would take: the tree that they make, and how fast this machine is.
#include <algorithm>
#include <vector>

#include "base/error.h"
#include "embed/embed.h"
#include "embed/texts.h"

namespace puente {
namespace {

std::vector<std::string> render_all(const Manifest& manifest, const Prompt& prompt) {
  const Texts texts = render_prompts(manifest, prompt);
  std::vector<std::string> all;
  all.reserve(texts.of_row.size());
  for (const int32_t text : texts.of_row) all.push_back(texts.texts[static_cast<size_t>(text)]);
  return all;
}

}  // namespace

EmbedPlan plan_texts(const EmbedJob& job, const TextEncoder& encoder) {
  PUENTE_ASSERT(job.texts);
  const std::string& prompt = job.texts->prompt.text();
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
  plan.vocabulary = fit_of_vocabulary(job.manifest, job.texts->language, texts, tokens, encoder);
  plan.work = encoder.plan(tokens, {job.threads, job.memory});
  // Of all rows, equal texts as often as they come.
  plan.work.tokens = 0;
  for (const int32_t text : texts.of_row) {
    plan.work.tokens += tokens[static_cast<size_t>(text)].length;
  }
  plan.seconds = encoder.estimate_seconds(plan.work, job.threads);
  if (!prompt.empty() && plan.work.nodes < plan.work.different_tokens) {
    plan.order = propose_field_order(
        prompt, [&](const Prompt& other) { return render_all(job.manifest, other); },
        [&](std::string_view text) { return encoder.tokenize(text, truncate); });
  }
  return plan;
}

}  // namespace puente
