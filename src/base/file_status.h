// Is there such a file? std::filesystem's functions throw errors of their own where the system does
// not say (a folder without permission, a name that is too long, a loop of links); these throw the
// user's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace puente {

/// UserError names the path and what the system says.
bool file_exists(const std::filesystem::path& path);
/// A plain file, or a link to one.
bool is_file(const std::filesystem::path& path);
bool is_folder(const std::filesystem::path& path);
int64_t file_bytes(const std::filesystem::path& path);
/// What a folder is called, also where it is given as "." or with a slash at its end.
std::string name_of_folder(const std::filesystem::path& folder);

}  // namespace puente
