#include "recipe/find_recipe.h"

#include <algorithm>
#include <fmt/ranges.h>

#include "base/error.h"
#include "base/file_status.h"
#include "base/folder_contents.h"
#include "base/near_name.h"

namespace puente {

std::filesystem::path find_recipe(const std::string& name,
                                  const std::vector<std::filesystem::path>& folders) {
  if (is_file(name)) return name;
  for (const std::filesystem::path& folder : folders) {
    const std::filesystem::path file = folder / (name + ".toml");
    if (is_file(file)) return file;
  }
  const std::vector<std::string> names = recipe_names(folders);
  fail("{}: no such file, and no recipe is called so; there are {}.{}", name,
       fmt::join(names, ", "), near_name(name, names));
}

std::vector<std::string> recipe_names(const std::vector<std::filesystem::path>& folders) {
  std::vector<std::string> names;
  for (const std::filesystem::path& folder : folders) {
    for (const std::string& file : names_in(folder, false)) {
      const std::filesystem::path path = file;
      if (path.extension() == ".toml") names.push_back(path.stem().string());
    }
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::vector<std::filesystem::path> recipe_folders() {
  std::error_code unknown;
  const std::filesystem::path program =
      std::filesystem::read_symlink("/proc/self/exe", unknown).parent_path();
  std::vector<std::filesystem::path> folders;
  for (const std::filesystem::path& folder :
       {program / "../share/puente/recipes", program / "recipes"}) {
    if (is_folder(folder)) folders.push_back(folder.lexically_normal());
  }
  return folders;
}

}  // namespace puente
