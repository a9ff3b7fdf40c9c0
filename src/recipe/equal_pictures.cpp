// Groups that have the very same picture are one: else it would stand on both sides of a split.
#include <map>
#include <numeric>
#include <unordered_map>

#include "base/error.h"
#include "base/file_status.h"
#include "base/hash.h"
#include "base/interrupt.h"
#include "recipe/steps.h"

namespace puente {
namespace {

/// The content of every picture as a small number. Files of different sizes are not read.
std::map<std::string, size_t> contents_of(const std::vector<std::string>& paths,
                                          const std::filesystem::path& data) {
  std::map<uintmax_t, std::vector<std::string>> by_size;
  std::map<std::string, size_t> contents;
  for (const std::string& path : paths) {
    if (contents.emplace(path, 0).second) {
      by_size[file_bytes(data / path)].push_back(path);
    }
  }
  size_t next = 0;
  for (const auto& [size, alike] : by_size) {
    std::unordered_map<Digest, size_t> seen;
    for (const std::string& path : alike) {
      check_interrupt();
      if (alike.size() == 1) {
        contents[path] = next++;
        continue;
      }
      const auto [found, is_new] = seen.try_emplace(sha256_file(data / path), next);
      contents[path] = found->second;
      if (is_new) ++next;
    }
  }
  return contents;
}

/// Sets that grow together.
class Sets {
 public:
  explicit Sets(size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), 0); }
  size_t find(size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  /// The earlier one stands for both. False if they were one already.
  bool join(size_t a, size_t b) {
    a = find(a);
    b = find(b);
    parent_[std::max(a, b)] = std::min(a, b);
    return a != b;
  }

 private:
  std::vector<size_t> parent_;
};

}  // namespace

void join_groups_of_equal_pictures(Preparation& work) {
  Manifest& manifest = work.out.manifest;
  const size_t rows = manifest.lines.size();
  std::vector<const Column*> pictures;
  std::vector<std::string> paths;
  for (const std::string& name : image_column_names(*work.recipe.image)) {
    pictures.push_back(manifest.find(name));
    for (const std::string& path : pictures.back()->values) {
      if (!path.empty()) paths.push_back(path);
    }
  }
  const std::map<std::string, size_t> contents = contents_of(paths, work.data);

  // Groups by their first row.
  std::vector<std::string> names;
  std::vector<size_t> group_of_row;
  std::unordered_map<std::string, size_t> numbers;
  const Column* groups = work.out.group.empty() ? nullptr : manifest.find(work.out.group);
  for (size_t row = 0; row < rows; ++row) {
    const std::string name =
        groups == nullptr ? fmt::format("row {}", row + 1) : groups->values[row];
    const auto [found, is_new] = numbers.emplace(name, names.size());
    if (is_new) names.push_back(name);
    group_of_row.push_back(found->second);
  }
  Sets sets(names.size());
  std::unordered_map<size_t, size_t> group_of_content;
  int64_t joined = 0;
  for (size_t row = 0; row < rows; ++row) {
    for (const Column* column : pictures) {
      if (column->values[row].empty()) continue;
      const auto [found, is_new] =
          group_of_content.emplace(contents.at(column->values[row]), group_of_row[row]);
      if (!is_new && sets.join(found->second, group_of_row[row])) ++joined;
    }
  }
  Column column{"puente_group", {}};
  for (size_t row = 0; row < rows; ++row) {
    column.values.push_back(names[sets.find(group_of_row[row])]);
  }
  column_or_new(manifest, column.name).values = std::move(column.values);
  work.out.group = column.name;
  if (joined > 0) {
    work.note(fmt::format("{} groups have a picture of another one and are taken as one with it",
                          joined));
  }
}

}  // namespace puente
