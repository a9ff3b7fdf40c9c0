#include "image/stretch.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <numeric>

#include "base/error.h"

namespace puente {
namespace {

constexpr size_t kHalfOfBits = 65536;

/// Whole numbers in the order of the floats; zeros of both signs are one.
uint32_t key_of(float sample) {
  const auto bits = std::bit_cast<uint32_t>(sample == 0 ? 0.0f : sample);
  return bits >> 31 ? ~bits : bits | 0x80000000u;
}
float sample_of(uint32_t key) { return std::bit_cast<float>(key >> 31 ? key & 0x7fffffffu : ~key); }

/// numpy's place of a percentile among `count` sorted samples.
struct Place {
  uint64_t below = 0;
  uint64_t above = 0;
  double part = 0;  // of the way from the one to the other
};
Place place_of(double percent, uint64_t count) {
  const double rank = percent / 100.0 * static_cast<double>(count - 1);
  const auto below = static_cast<uint64_t>(std::floor(rank));
  return {below, std::min(below + 1, count - 1), rank - std::floor(rank)};
}

/// As numpy's _lerp, which starts from the nearer end.
double between(double below, double above, double part) {
  const double step = above - below;
  return part < 0.5 ? below + step * part : above - step * (1 - part);
}

}  // namespace

BandLimits percentile_limits(std::span<float> samples, const Stretch& stretch) {
  const auto end = std::remove_if(samples.begin(), samples.end(),
                                  [](float sample) { return std::isnan(sample); });
  PUENTE_ASSERT(end != samples.begin());
  const auto count = static_cast<uint64_t>(end - samples.begin());
  const auto value = [&](double percent) {
    const Place place = place_of(percent, count);
    const auto below = samples.begin() + static_cast<int64_t>(place.below);
    std::nth_element(samples.begin(), below, end);
    const double low = *below;
    const double high = place.above == place.below ? low : *std::min_element(below + 1, end);
    return between(low, high, place.part);
  };
  const double low = value(stretch.low);
  return {low, value(stretch.high)};
}

SetPercentiles::SetPercentiles(size_t bands, const Stretch& stretch)
    : stretch_(stretch), bands_(bands) {
  for (Band& band : bands_) band.upper.resize(kHalfOfBits);
}

void SetPercentiles::add(size_t band, std::span<const float> samples) {
  Band& counts = bands_[band];
  for (const float sample : samples) {
    if (std::isnan(sample)) continue;
    const uint32_t key = key_of(sample);
    if (!second_pass_) {
      ++counts.upper[key >> 16];
      continue;
    }
    for (size_t i = 0; i < counts.lower.size(); ++i) {
      if (counts.upper_of_lower[i] == key >> 16) ++counts.lower[i][key & 0xffff];
    }
  }
}

SetPercentiles SetPercentiles::fresh() const {
  SetPercentiles result = *this;
  for (Band& band : result.bands_) {
    if (!second_pass_) std::ranges::fill(band.upper, 0);
    for (std::vector<uint64_t>& counts : band.lower) std::ranges::fill(counts, 0);
  }
  return result;
}

void SetPercentiles::merge(const SetPercentiles& other) {
  PUENTE_ASSERT(other.bands_.size() == bands_.size() && other.second_pass_ == second_pass_);
  const auto sum = [](std::vector<uint64_t>& a, const std::vector<uint64_t>& b) {
    std::transform(a.begin(), a.end(), b.begin(), a.begin(), std::plus<>());
  };
  for (size_t i = 0; i < bands_.size(); ++i) {
    if (!second_pass_) sum(bands_[i].upper, other.bands_[i].upper);
    for (size_t j = 0; j < bands_[i].lower.size(); ++j) {
      sum(bands_[i].lower[j], other.bands_[i].lower[j]);
    }
  }
}

uint64_t SetPercentiles::count(size_t band) const {
  const std::vector<uint64_t>& counts = bands_[band].upper;
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

void SetPercentiles::start_second_pass() {
  PUENTE_ASSERT(!second_pass_);
  for (size_t b = 0; b < bands_.size(); ++b) {
    Band& band = bands_[b];
    const uint64_t total = count(b);
    PUENTE_ASSERT(total > 0);
    const Place low = place_of(stretch_.low, total), high = place_of(stretch_.high, total);
    const std::array<uint64_t, 4> ranks = {low.below, low.above, high.below, high.above};
    for (size_t i = 0; i < ranks.size(); ++i) {
      uint64_t before = 0;
      uint32_t upper = 0;
      while (before + band.upper[upper] <= ranks[i]) before += band.upper[upper++];
      const auto there = std::ranges::find(band.upper_of_lower, upper);
      band.wanted[i] = {upper, ranks[i] - before,
                        static_cast<size_t>(there - band.upper_of_lower.begin())};
      if (there != band.upper_of_lower.end()) continue;
      band.upper_of_lower.push_back(upper);
      band.lower.emplace_back(kHalfOfBits);
    }
  }
  second_pass_ = true;
}

std::vector<BandLimits> SetPercentiles::limits() const {
  PUENTE_ASSERT(second_pass_);
  std::vector<BandLimits> result;
  for (size_t b = 0; b < bands_.size(); ++b) {
    const Band& band = bands_[b];
    std::array<double, 4> values{};
    for (size_t i = 0; i < values.size(); ++i) {
      const Wanted& wanted = band.wanted[i];
      const std::vector<uint64_t>& counts = band.lower[wanted.counts];
      uint64_t before = 0;
      uint32_t lower = 0;
      while (before + counts[lower] <= wanted.rank_inside) {
        before += counts[lower++];
        PUENTE_ASSERT(lower < kHalfOfBits);  // both passes saw the same samples
      }
      values[i] = sample_of(wanted.upper << 16 | lower);
    }
    const uint64_t total = count(b);
    result.push_back({between(values[0], values[1], place_of(stretch_.low, total).part),
                      between(values[2], values[3], place_of(stretch_.high, total).part)});
  }
  return result;
}

}  // namespace puente
