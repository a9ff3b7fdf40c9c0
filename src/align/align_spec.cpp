#include <charconv>
#include <cmath>
#include <optional>

#include "align/alignment.h"
#include "base/error.h"

namespace puente {
namespace {

struct Method {
  std::string_view name;
  AlignMethod method;
  bool takes_lambda;
};

constexpr Method kMethods[] = {
    {"none", AlignMethod::none, false},
    {"normalise", AlignMethod::normalise, false},
    {"shift", AlignMethod::shift, true},
    {"shift-interpolated", AlignMethod::shift_interpolated, true},
};

std::optional<double> finite_number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace

AlignSpec AlignSpec::parse(std::string_view text) {
  const size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  for (const Method& known : kMethods) {
    // Both spellings: --normalize is an option elsewhere.
    if (name != known.name && !(name == "normalize" && known.name == "normalise")) continue;
    if (!known.takes_lambda) {
      if (colon != std::string_view::npos) {
        fail("alignment '{}': '{}' takes no lambda; write '{}' alone", text, name, name);
      }
      return {known.method, 0};
    }
    if (colon == std::string_view::npos) {
      fail("alignment '{}': lambda is missing; write for example '{}:0.4'", text, name);
    }
    const std::string_view lambda = text.substr(colon + 1);
    const std::optional<double> value = finite_number(lambda);
    if (!value) fail("alignment '{}': lambda '{}' is not a number", text, lambda);
    return {known.method, *value};
  }
  fail(
      "alignment '{}': no method '{}'; known are none, normalise, shift:LAMBDA and "
      "shift-interpolated:LAMBDA",
      text, name);
}

std::string AlignSpec::text() const {
  for (const Method& known : kMethods) {
    if (known.method != method) continue;
    return known.takes_lambda ? fmt::format("{}:{}", known.name, lambda) : std::string(known.name);
  }
  PUENTE_ASSERT(!"every method has a name");
  return {};
}

}  // namespace puente
