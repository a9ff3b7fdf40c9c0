#include "base/energy_meter.h"

#include <fstream>
#include <gtest/gtest.h>

#include "base/temporary_folder.h"

namespace puente {
namespace {

void write_counter(const std::filesystem::path& zone, const std::string& name, uint64_t range,
                   uint64_t now) {
  std::filesystem::create_directories(zone);
  std::ofstream(zone / "name") << name << "\n";
  std::ofstream(zone / "max_energy_range_uj") << range << "\n";
  std::ofstream(zone / "energy_uj") << now << "\n";
}

TEST(EnergyMeter, SumsPackagesAndFollowsCountersThatStartAgain) {
  const TemporaryFolder folder;
  const std::filesystem::path first = folder.path() / "intel-rapl:0",
                              second = folder.path() / "intel-rapl:1";
  write_counter(first, "package-0", 10'000'000, 9'000'000);
  write_counter(second, "package-1", 10'000'000, 0);
  write_counter(folder.path() / "intel-rapl:0:0", "core", 10'000'000, 0);
  write_counter(folder.path() / "intel-rapl:2", "psys", 10'000'000, 0);
  EnergyMeter meter(folder.path());
  EXPECT_EQ(meter.joules(), 0.0);
  write_counter(first, "package-0", 10'000'000, 500'000);  // 1.5 J, over its end
  write_counter(second, "package-1", 10'000'000, 2'000'000);
  write_counter(folder.path() / "intel-rapl:0:0", "core", 10'000'000, 4'000'000);
  write_counter(folder.path() / "intel-rapl:2", "psys", 10'000'000, 4'000'000);
  meter.look();
  write_counter(first, "package-0", 10'000'000, 750'000);
  meter.look();
  EXPECT_DOUBLE_EQ(meter.joules().value(), 1.5 + 2 + 0.25);
}

TEST(EnergyMeter, SaysNothingWhereTheMachineDoesNotTell) {
  const TemporaryFolder folder;
  EXPECT_FALSE(EnergyMeter(folder.path()).joules());
  EXPECT_FALSE(EnergyMeter(folder.path() / "gone").joules());
  write_counter(folder.path() / "intel-rapl:0", "package-0", 100, 0);
  EnergyMeter meter(folder.path());
  std::filesystem::remove(folder.path() / "intel-rapl:0" / "energy_uj");
  meter.look();
  EXPECT_FALSE(meter.joules());
}

}  // namespace
}  // namespace puente
