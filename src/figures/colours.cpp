#include "figures/colours.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>

namespace puente {
namespace {

constexpr std::array<std::string_view, 7> kSeries = {kBlue,   kVermillion, kGreen,   "#CC79A7",
                                                     kOrange, "#56B4E9",   "#1a1a1a"};
constexpr std::array<std::string_view, 4> kDashes = {"", "6 3", "2 2", "8 3 2 3"};

}  // namespace

std::string_view series_colour(size_t i) { return kSeries[i % kSeries.size()]; }

std::string_view series_dashes(size_t i) { return kDashes[i / kSeries.size() % kDashes.size()]; }

std::string shade(double share) {
  const double s = std::clamp(share, 0.0, 1.0);
  const auto between = [s](double from, double to) {
    return static_cast<int>(std::lround(from + s * (to - from)));
  };
  return fmt::format("#{:02x}{:02x}{:02x}", between(255, 0), between(255, 79), between(255, 126));
}

std::string_view ink_on_shade(double share) { return share > 0.5 ? "#ffffff" : kInk; }

}  // namespace puente
