// What is in a folder, for messages about what is not.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace puente {

/// Sorted names of the folders, or of all else, that are in `folder`; none if it cannot be read.
std::vector<std::string> names_in(const std::filesystem::path& folder, bool folders);

/// "images/, a.csv, b.csv ... (12 in all)"; "no files".
std::string folder_contents(const std::filesystem::path& folder);

}  // namespace puente
