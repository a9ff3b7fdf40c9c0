// From the name of a picture in a table to its file, as people have them: without an extension, in
// a subfolder, with the backslashes or the whole path of somebody's Windows computer.
#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace puente {

class ImageFinder {
 public:
  /// `suffix` (".jpg") is what names lack; nothing: any picture's extension is tried.
  explicit ImageFinder(std::filesystem::path folder, std::string suffix = "");

  struct Found {
    std::filesystem::path path;  // empty where there is a problem
    std::string problem;         // one line: "a.jpg: no such file", or the files it may be
    bool is_ambiguous = false;
    bool is_absent = false;  // nothing of the name is there
  };
  /// Looks, in this order, for the name inside the folder, with `suffix` or an extension, the same
  /// with / for \, the end of a path that began at a disk, and, if one file alone is called so, in
  /// the folders below. May be called by several threads.
  Found find(const std::string& name) const;

  const std::filesystem::path& folder() const { return folder_; }

 private:
  Found absent(const std::string& name) const;
  std::filesystem::path with_extension(const std::filesystem::path& path) const;
  void index_subfolders() const;

  std::filesystem::path folder_;
  std::vector<std::string> extensions_;
  mutable std::once_flag indexed_;
  mutable std::unordered_map<std::string, std::vector<std::filesystem::path>> by_name_;
};

}  // namespace puente
