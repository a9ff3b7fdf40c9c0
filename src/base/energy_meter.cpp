#include "base/energy_meter.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <system_error>

namespace puente {
namespace {

template <class Value>
std::optional<Value> read_counter_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  Value value{};
  if (!(file >> value)) return std::nullopt;
  return value;
}

bool is_package(const std::filesystem::path& folder) {
  const std::string name = folder.filename().string();
  return name.starts_with("intel-rapl:") && std::ranges::count(name, ':') == 1 &&
         read_counter_file<std::string>(folder / "name").value_or("") != "psys";
}

}  // namespace

EnergyMeter::EnergyMeter(std::filesystem::path folder) {
  std::error_code not_there;
  for (const auto& entry : std::filesystem::directory_iterator(folder, not_there)) {
    if (!is_package(entry.path())) continue;
    const auto range = read_counter_file<uint64_t>(entry.path() / "max_energy_range_uj");
    const auto now = read_counter_file<uint64_t>(entry.path() / "energy_uj");
    if (!range || !now) return;
    counters_.push_back({entry.path(), *range, *now});
  }
  is_readable_ = !counters_.empty();
}

void EnergyMeter::look() {
  for (Counter& counter : counters_) {
    const auto now = read_counter_file<uint64_t>(counter.folder / "energy_uj");
    if (!now) {
      is_readable_ = false;
      return;
    }
    const uint64_t drawn =
        *now >= counter.last ? *now - counter.last : *now + (counter.range - counter.last);
    microjoules_ += static_cast<double>(drawn);
    counter.last = *now;
  }
}

std::optional<double> EnergyMeter::joules() const {
  if (!is_readable_) return std::nullopt;
  return microjoules_ / 1e6;
}

}  // namespace puente
