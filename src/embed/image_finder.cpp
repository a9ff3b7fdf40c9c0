#include "embed/image_finder.h"

#include <algorithm>
#include <fmt/ranges.h>

#include "base/interrupt.h"

namespace puente {
namespace {

/// "C:\scans\a.png" or "/home/x/a.png".
bool is_whole_path(const std::string& name) {
  return name.starts_with('/') || (name.size() > 2 && name[1] == ':' && name[2] == '/');
}

}  // namespace

ImageFinder::ImageFinder(std::filesystem::path folder, std::string suffix)
    : folder_(std::move(folder)) {
  if (suffix.empty()) {
    extensions_ = {".jpg", ".jpeg", ".png",  ".webp", ".tif", ".tiff",
                   ".dcm", ".JPG",  ".JPEG", ".PNG",  ".TIF", ".DCM"};
  } else {
    extensions_ = {std::move(suffix)};
  }
}

std::filesystem::path ImageFinder::with_extension(const std::filesystem::path& path) const {
  std::error_code unreadable;
  if (std::filesystem::is_regular_file(path, unreadable)) return path;
  for (const std::string& extension : extensions_) {
    std::filesystem::path candidate = path;
    candidate += extension;
    if (std::filesystem::is_regular_file(candidate, unreadable)) return candidate;
  }
  return {};
}

ImageFinder::Found ImageFinder::absent(const std::string& name) const {
  const std::filesystem::path path = (folder_ / name).lexically_normal();
  std::error_code error;
  const std::filesystem::file_type type = std::filesystem::status(path, error).type();
  if (type == std::filesystem::file_type::none) {
    return {{}, fmt::format("{}: cannot be looked at: {}", path.string(), error.message())};
  }
  std::string tried;
  if (std::ranges::none_of(extensions_, [&](const auto& end) { return name.ends_with(end); })) {
    tried = fmt::format(", nor with {} behind it", fmt::join(extensions_, ", "));
  }
  return {{}, fmt::format("{}: no such file{}", path.string(), tried), false, true};
}

void ImageFinder::index_subfolders() const {
  std::error_code unreadable;
  std::filesystem::recursive_directory_iterator entry(
      folder_, std::filesystem::directory_options::skip_permission_denied, unreadable);
  for (const std::filesystem::recursive_directory_iterator end; !unreadable && entry != end;
       entry.increment(unreadable)) {
    check_interrupt();
    std::error_code gone;
    if (!entry->is_regular_file(gone)) continue;
    by_name_[entry->path().filename().string()].push_back(entry->path());
  }
  for (auto& [name, paths] : by_name_) std::ranges::sort(paths);
}

ImageFinder::Found ImageFinder::find(const std::string& name) const {
  std::filesystem::path path = with_extension((folder_ / name).lexically_normal());
  if (!path.empty()) return {path, ""};
  std::string slashed = name;
  std::ranges::replace(slashed, '\\', '/');
  if (slashed != name) path = with_extension((folder_ / slashed).lexically_normal());
  if (!path.empty()) return {path, ""};
  if (is_whole_path(slashed)) {
    for (size_t at = slashed.find('/'); at != slashed.npos; at = slashed.find('/', at + 1)) {
      path = with_extension((folder_ / slashed.substr(at + 1)).lexically_normal());
      if (!path.empty()) return {path, ""};
    }
  }
  const std::string file = std::filesystem::path(slashed).filename().string();
  // Of a name with folders in it another folder's file is another picture.
  if (file != slashed) return absent(name);
  std::call_once(indexed_, [this] { index_subfolders(); });
  std::vector<std::string> names = {file};
  for (const std::string& extension : extensions_) names.push_back(file + extension);
  for (const std::string& candidate : names) {
    const auto found = by_name_.find(candidate);
    if (found == by_name_.end()) continue;
    const auto& paths = found->second;
    if (paths.size() == 1) return {paths.front(), ""};
    return {{},
            fmt::format("{}: {} files below {} are called so, such as {} and {}; write the folder "
                        "into the table",
                        name, paths.size(), folder_.string(), paths[0].string(), paths[1].string()),
            true};
  }
  return absent(name);
}

}  // namespace puente
