// Recipes by name: those that came with the program, or a file of one's own.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace puente {

/// `name` as a path if there is such a file; else NAME.toml among `folders`, of which the first
/// that has it. UserError lists the names that there are.
std::filesystem::path find_recipe(const std::string& name,
                                  const std::vector<std::filesystem::path>& folders);

/// Names without ".toml", sorted.
std::vector<std::string> recipe_names(const std::vector<std::filesystem::path>& folders);

/// Where the program's own recipes lie: share/puente/recipes beside the installed program's bin, or
/// recipes beside a program that was just built.
std::vector<std::filesystem::path> recipe_folders();

}  // namespace puente
