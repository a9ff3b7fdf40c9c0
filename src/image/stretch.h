// Percentiles of a band's samples. NaN stands for a sample that is not there (nodata) and counts
// for nothing. As numpy.percentile(samples, q): the rank q / 100 * (n - 1), linear between the two
// samples around it, in double.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "image/image_reading.h"

namespace puente {

/// Of one picture's band. Moves the samples about. At least one must not be NaN.
BandLimits percentile_limits(std::span<float> samples, const Stretch& stretch);

/// The limits of a set that is too large to be in memory, exactly, in two passes over the same
/// samples: the first counts them by the upper halves of their bits, the second counts those around
/// the wanted ranks by the lower halves. Sums of counts, so the order and the number of workers
/// change nothing.
class SetPercentiles {
 public:
  SetPercentiles(size_t bands, const Stretch& stretch);

  void add(size_t band, std::span<const float> samples);
  /// The same without the counts of this pass: what a worker starts from.
  SetPercentiles fresh() const;
  /// Of the same pass.
  void merge(const SetPercentiles& other);
  /// After the first pass. Every band must have samples.
  void start_second_pass();
  /// After the second.
  std::vector<BandLimits> limits() const;

 private:
  /// Samples seen in the first pass.
  uint64_t count(size_t band) const;

  /// A sample looked for by its rank: which upper half it has, and its rank among those that have
  /// it.
  struct Wanted {
    size_t half = 0;  // index into Band::lower and upper_of_lower
    uint64_t rank_inside = 0;
  };
  struct Band {
    std::vector<uint64_t> upper;               // [65536]
    std::vector<std::vector<uint64_t>> lower;  // [some][65536]
    std::vector<uint32_t> upper_of_lower;      // which upper half each of them is of
    std::array<Wanted, 4> wanted{};            // below and above each of the two percentiles
  };

  Stretch stretch_;
  bool second_pass_ = false;
  std::vector<Band> bands_;
};

}  // namespace puente
