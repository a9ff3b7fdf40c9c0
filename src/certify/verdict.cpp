#include "certify/verdict.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace puente {
namespace {

using Lines = std::vector<std::string>;

/// `what` stands before each line: "images: ", or nothing where there is one half only.
void judge_parity(const Parity& parity, std::string_view what, Lines& measured, Lines& short_of) {
  const auto require = [&](double value, double least, std::string_view name) {
    // NaN falls short too.
    if (!(value >= least)) {
      short_of.push_back(fmt::format("{}{} {:.4f} is under {:.2f}", what, name, value, least));
    }
  };
  require(parity.mean_cosine, kLeastMeanCosine, "mean centred cosine");
  require(parity.lowest_cosine, kLeastCosine, "lowest centred cosine");
  require(parity.same_neighbour, kLeastSameNeighbour, "share of same nearest neighbours");
  measured.push_back(fmt::format("{}centred cosine {:.4f}, lowest {:.4f}, same neighbour {:.3f}",
                                 what, parity.mean_cosine, parity.lowest_cosine,
                                 parity.same_neighbour));
}

void judge_label(const LabelCheck& label, Lines& measured, Lines& short_of) {
  if (!(label.int8.macro_f1 >= label.fp32.macro_f1 - kMostF1Lost)) {
    short_of.push_back(fmt::format("{}: macro F1 falls from {:.4f} to {:.4f}, more than {:.2f}",
                                   label.question.label, label.fp32.macro_f1, label.int8.macro_f1,
                                   kMostF1Lost));
  }
  measured.push_back(fmt::format("{}: macro F1 {:.4f}, fp32 {:.4f}", label.question.label,
                                 label.int8.macro_f1, label.fp32.macro_f1));
}

}  // namespace

Verdict judge(const std::optional<Parity>& images, const std::optional<Parity>& texts,
              const std::optional<LabelCheck>& label) {
  PUENTE_ASSERT(images || texts);
  Lines measured, short_of;
  const bool both = images && texts;
  if (images) judge_parity(*images, both ? "images: " : "", measured, short_of);
  if (texts) judge_parity(*texts, both ? "texts: " : "", measured, short_of);
  if (label) judge_label(*label, measured, short_of);
  if (short_of.empty()) return {Precision::int8, fmt::format("{}", fmt::join(measured, "; "))};
  return {Precision::fp32, fmt::format("{}", fmt::join(short_of, "; "))};
}

}  // namespace puente
