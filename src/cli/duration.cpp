#include "cli/duration.h"

#include <cmath>
#include <fast_float/fast_float.h>
#include <fmt/format.h>
#include <optional>
#include <string>
#include <string_view>

namespace puente::cli {
namespace {

std::optional<double> seconds_in(std::string_view text) {
  double value = 0;
  const auto read = fast_float::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || !std::isfinite(value) || !(value > 0)) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<size_t>(read.ptr - text.data()));
  if (unit == "s") return value;
  if (unit == "m") return value * 60;
  if (unit == "h") return value * 3600;
  return std::nullopt;
}

std::string not_a_time(const std::string& text) {
  return fmt::format("'{}' is not a time such as 90s, 20m or 2h", text);
}

}  // namespace

CLI::Validator seconds_from_duration() {
  const auto convert = [](std::string& text) {
    const std::optional<double> seconds = seconds_in(text);
    if (!seconds) return not_a_time(text);
    text = fmt::format("{}", *seconds);
    return std::string();
  };
  return {convert, "TIME", "duration"};
}

CLI::Validator is_duration() {
  const auto check = [](std::string& text) {
    return seconds_in(text) ? std::string() : not_a_time(text);
  };
  return {check, "TIME", "duration"};
}

}  // namespace puente::cli
