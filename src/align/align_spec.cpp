#include "align/align_spec.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>

#include "base/error.h"

namespace puente {
namespace {

enum class Takes { nothing, lambda, size, scale, weight };

struct KnownStep {
  std::string_view name;
  AlignKind kind;
  Takes takes;
};

constexpr KnownStep kSteps[] = {
    {"normalise", AlignKind::normalise, Takes::nothing},
    {"centre", AlignKind::centre, Takes::nothing},
    {"standardise", AlignKind::standardise, Takes::nothing},
    {"whiten", AlignKind::whiten, Takes::nothing},
    {"shift", AlignKind::shift, Takes::lambda},
    {"shift-printed", AlignKind::shift_printed, Takes::lambda},
    {"shift-interpolated", AlignKind::shift_interpolated, Takes::lambda},
    {"shift-learned", AlignKind::shift_learned, Takes::nothing},
    {"procrustes", AlignKind::procrustes, Takes::nothing},
    {"ridge", AlignKind::ridge, Takes::nothing},
    {"cca", AlignKind::cca, Takes::size},
    {"pca", AlignKind::pca, Takes::size},
    {"noise", AlignKind::noise, Takes::scale},
    {"noise:paper", AlignKind::noise_paper, Takes::nothing},
    {"regularised", AlignKind::regularised, Takes::weight},
};

constexpr double kDefaultNoise = 0.1;
constexpr double kPaperLambda = 1;
constexpr double kPaperWeight = 1;
constexpr double kLargestSize = 1 << 20;

struct Spelling {
  std::string_view also, name;
};

// --normalize is an option elsewhere.
constexpr Spelling kSpellings[] = {{"normalize", "normalise"},
                                   {"center", "centre"},
                                   {"standardize", "standardise"},
                                   {"regularized", "regularised"}};

const KnownStep& known(AlignKind kind) {
  return *std::ranges::find(kSteps, kind, &KnownStep::kind);
}

const KnownStep* find_step(std::string_view name) {
  for (const Spelling& spelling : kSpellings) {
    if (name == spelling.also) name = spelling.name;
  }
  const auto* found = std::ranges::find(kSteps, name, &KnownStep::name);
  return found == std::end(kSteps) ? nullptr : found;
}

std::optional<double> finite_number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

/// Reads the steps of one alignment. `lambda` fills those that are left open.
class StepReader {
 public:
  StepReader(std::string_view all, std::optional<double> lambda) : all_(all), lambda_(lambda) {}

  std::vector<AlignStep> read() {
    if (all_ == "none") return {};
    std::string_view rest = all_;
    for (;;) {
      size_t end = rest.find('+');
      // shift:+1 has a plus of its own.
      if (end != std::string_view::npos && end > 0 && rest[end - 1] == ':') {
        end = rest.find('+', end + 1);
      }
      read_step(rest.substr(0, end));
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
    }
    check_order();
    return steps_;
  }
  bool was_open() const { return was_open_; }

 private:
  void read_step(std::string_view text) {
    const size_t colon = text.find(':');
    const std::string_view name = text.substr(0, colon);
    std::optional<std::string_view> value;
    if (colon != std::string_view::npos) value = text.substr(colon + 1);
    if (name == "none") {
      if (value) fail("alignment '{}': 'none' takes no number; write 'none' alone", all_);
      fail("alignment '{}': 'none' stands alone", all_);
    }
    if (name == "paper") return read_paper(value);
    if (text == "noise:paper") return add(AlignKind::noise_paper, 0);
    const KnownStep* step = find_step(name);
    if (step == nullptr || step->kind == AlignKind::noise_paper) unknown(name);
    add(step->kind, strength(*step, value));
  }

  void read_paper(std::optional<std::string_view> value) {
    add(AlignKind::noise_paper, 0);
    const bool open = !value && lambda_;
    if (open) was_open_ = true;
    add(AlignKind::shift_printed,
        value ? number("lambda", *value) : lambda_.value_or(kPaperLambda));
    add(AlignKind::regularised, kPaperWeight);
  }

  double strength(const KnownStep& step, std::optional<std::string_view> value) {
    switch (step.takes) {
      case Takes::nothing:
        if (value)
          fail("alignment '{}': '{}' takes no number; write '{}' alone", all_, step.name,
               step.name);
        return 0;
      case Takes::lambda:
        if (!value) {
          if (!lambda_) {
            fail("alignment '{}': lambda is missing; write for example '{}:0.4'", all_, step.name);
          }
          was_open_ = true;
          return *lambda_;
        }
        return number("lambda", *value);
      case Takes::size: {
        if (!value) {
          fail("alignment '{}': how many components? Write for example '{}:64'", all_, step.name);
        }
        const double size = number("the number of components", *value);
        if (size < 1 || size > kLargestSize || size != std::floor(size)) {
          fail("alignment '{}': {} is no number of components; write for example '{}:64'", all_,
               *value, step.name);
        }
        return size;
      }
      case Takes::scale: {
        const double scale = value ? number("the noise", *value) : kDefaultNoise;
        if (scale <= 0) fail("alignment '{}': the noise has to be above 0", all_);
        return scale;
      }
      case Takes::weight: {
        if (!value) {
          fail("alignment '{}': the weight is missing; write for example '{}:1'", all_, step.name);
        }
        const double weight = number("the weight", *value);
        if (weight <= 0) fail("alignment '{}': the weight has to be above 0", all_);
        return weight;
      }
    }
    PUENTE_ASSERT(false);
  }

  double number(std::string_view what, std::string_view text) const {
    const std::optional<double> value = finite_number(text);
    if (!value) fail("alignment '{}': {} '{}' is not a number", all_, what, text);
    return *value;
  }

  void add(AlignKind kind, double strength) { steps_.push_back({kind, strength}); }

  void check_order() const {
    const auto count = [&](AlignKind kind) {
      return std::ranges::count(steps_, kind, &AlignStep::kind);
    };
    for (const AlignKind once : {AlignKind::shift_learned, AlignKind::regularised}) {
      if (count(once) > 1) fail("alignment '{}': '{}' is there twice", all_, known(once).name);
    }
    const auto learned = std::ranges::find(steps_, AlignKind::shift_learned, &AlignStep::kind);
    if (learned == steps_.end()) return;
    for (auto after = learned + 1; after != steps_.end(); ++after) {
      if (after->kind == AlignKind::regularised) continue;
      fail(
          "alignment '{}': after 'shift-learned' only 'regularised' may come: what is fitted after "
          "it would change with lambda",
          all_);
    }
  }

  [[noreturn]] void unknown(std::string_view name) const {
    fail(
        "alignment '{}': no method '{}'; known are none, normalise, centre, standardise, whiten, "
        "shift:LAMBDA, shift-printed:LAMBDA, shift-interpolated:LAMBDA, shift-learned, procrustes, "
        "ridge, cca:K, pca:K, noise:S, noise:paper, regularised:W and paper, joined with '+'",
        all_, name);
  }

  std::string_view all_;
  std::optional<double> lambda_;
  bool was_open_ = false;
  std::vector<AlignStep> steps_;
};

}  // namespace

bool is_shift(AlignKind kind) {
  return kind == AlignKind::shift || kind == AlignKind::shift_printed ||
         kind == AlignKind::shift_interpolated || kind == AlignKind::shift_learned;
}

bool is_noise(AlignKind kind) { return kind == AlignKind::noise || kind == AlignKind::noise_paper; }

bool needs_both(AlignKind kind) {
  return is_shift(kind) || kind == AlignKind::procrustes || kind == AlignKind::ridge ||
         kind == AlignKind::cca || kind == AlignKind::regularised;
}

AlignSpec AlignSpec::parse(std::string_view text) {
  return {StepReader(text, std::nullopt).read()};
}

std::string AlignSpec::text() const {
  if (steps.empty()) return "none";
  std::string text;
  for (const AlignStep& step : steps) {
    const KnownStep& one = known(step.kind);
    if (!text.empty()) text += "+";
    text += one.name;
    if (one.takes != Takes::nothing) text += fmt::format(":{}", step.strength);
  }
  return text;
}

bool AlignSpec::has(AlignKind kind) const {
  return std::ranges::find(steps, kind, &AlignStep::kind) != steps.end();
}

double AlignSpec::regularisation() const {
  const auto found = std::ranges::find(steps, AlignKind::regularised, &AlignStep::kind);
  return found == steps.end() ? 0 : found->strength;
}

AlignSpec AlignSpec::for_one_modality() const {
  AlignSpec one;
  for (const AlignStep& step : steps) {
    if (is_shift(step.kind)) {
      one.steps.push_back({AlignKind::normalise, 0});
    } else if (!needs_both(step.kind) && !is_noise(step.kind)) {
      one.steps.push_back(step);
    }
  }
  return one;
}

AlignSpec AlignSpec::interpolated() const {
  AlignSpec other = *this;
  for (AlignStep& step : other.steps) {
    const AlignKind kind = step.kind;
    if (kind == AlignKind::pca || kind == AlignKind::cca || kind == AlignKind::ridge) break;
    if (kind == AlignKind::shift) step.kind = AlignKind::shift_interpolated;
  }
  return other;
}

AlignFamily::AlignFamily(std::string_view text) : name_(text) {
  StepReader reader(name_, 0.0);
  reader.read();
  open_ = reader.was_open();
}

AlignSpec AlignFamily::at(double lambda) const { return {StepReader(name_, lambda).read()}; }

}  // namespace puente
