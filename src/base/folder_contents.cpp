#include "base/folder_contents.h"

#include <algorithm>
#include <fmt/ranges.h>
#include <system_error>

namespace puente {

std::vector<std::string> names_in(const std::filesystem::path& folder, bool folders) {
  std::vector<std::string> names;
  std::error_code unreadable, unknown;
  std::filesystem::directory_iterator entry(folder, unreadable);
  for (; !unreadable && entry != std::filesystem::directory_iterator();
       entry.increment(unreadable)) {
    if (entry->is_directory(unknown) == folders) names.push_back(entry->path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

std::string folder_contents(const std::filesystem::path& folder) {
  constexpr size_t kShown = 8;
  std::error_code unreadable;
  std::filesystem::directory_iterator(folder, unreadable);
  if (unreadable) return fmt::format("none that can be read ({})", unreadable.message());
  std::vector<std::string> names;
  for (const std::string& name : names_in(folder, true)) names.push_back(name + "/");
  for (std::string& name : names_in(folder, false)) names.push_back(std::move(name));
  if (names.empty()) return "no files";
  const size_t count = names.size();
  if (count > kShown) names.resize(kShown);
  return fmt::format("{}{}", fmt::join(names, ", "),
                     count > kShown ? fmt::format(" ... ({} in all)", count) : "");
}

}  // namespace puente
