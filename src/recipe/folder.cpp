// What is in a data folder.
#include "base/folder_contents.h"
#include "base/interrupt.h"
#include "recipe/pattern.h"
#include "recipe/steps.h"

namespace puente {
namespace {

/// Goes down the components of the pattern, from the one at `next`.
void match_below(const std::filesystem::path& folder, const std::vector<std::string>& components,
                 size_t next, MatchingFile so_far, std::vector<MatchingFile>& all) {
  check_interrupt();
  const bool last = next + 1 == components.size();
  const Pattern pattern(components[next]);
  for (const std::string& name : names_in(folder / so_far.path, !last)) {
    const auto found = pattern.match(name);
    if (!found) continue;
    MatchingFile deeper = so_far;
    deeper.path += (so_far.path.empty() ? "" : "/") + name;
    deeper.found.insert(deeper.found.end(), found->begin(), found->end());
    if (last) {
      all.push_back(std::move(deeper));
    } else {
      match_below(folder, components, next + 1, std::move(deeper), all);
    }
  }
}

}  // namespace

std::vector<MatchingFile> matching_files(const std::filesystem::path& folder,
                                         const std::string& pattern) {
  std::vector<std::string> components;
  for (std::string_view rest = pattern;;) {
    const size_t slash = rest.find('/');
    if (slash != 0) components.emplace_back(rest.substr(0, slash));
    if (slash == rest.npos) break;
    rest.remove_prefix(slash + 1);
  }
  std::vector<MatchingFile> all;
  match_below(folder, components, 0, {}, all);
  return all;
}

}  // namespace puente
