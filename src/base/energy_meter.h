// What the processors' packages have drawn, by the counters of RAPL (Running Average Power Limit),
// as Linux shows them. They count for the whole machine, whoever uses it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace puente {

/// Counters start again from 0 after some minutes to hours: look at them more often than that.
class EnergyMeter {
 public:
  /// `folder` has intel-rapl:0, intel-rapl:1, ... Their parts (intel-rapl:0:0) and the platform as
  /// a whole ("psys"), which count the same energy once more, are left out. A counter that may not
  /// be read (it is root's on many machines) leaves the meter without a figure.
  explicit EnergyMeter(std::filesystem::path folder = "/sys/class/powercap");

  /// Adds what was drawn since the last look.
  void look();
  /// Joules between the first and the last look; nothing where the machine does not tell.
  std::optional<double> joules() const;

 private:
  struct Counter {
    std::filesystem::path folder;
    uint64_t range = 0;  // microjoules, at which it starts again
    uint64_t last = 0;
  };

  std::vector<Counter> counters_;
  double microjoules_ = 0;
  bool is_readable_ = false;
};

}  // namespace puente
