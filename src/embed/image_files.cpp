#include "embed/image_files.h"

#include <algorithm>
#include <fmt/ranges.h>
#include <optional>
#include <unordered_map>

#include "base/error.h"
#include "base/file_status.h"
#include "base/folder_contents.h"
#include "base/hash.h"
#include "base/interrupt.h"
#include "base/mapped_file.h"
#include "base/threads.h"
#include "embed/image_finder.h"
#include "formats/csv.h"
#include "image/decode.h"
#include "text/prompt.h"

namespace puente {
namespace {

constexpr int64_t kFilesPerItem = 16;

/// What one row's file turned out to be.
struct Looked {
  std::filesystem::path path;
  Digest digest;
  std::optional<std::string> problem;
  bool is_absent = false;
};

Looked look_at(const ImageFinder& finder, const std::string& name, const ImageReading& reading) {
  Looked looked;
  ImageFinder::Found found = finder.find(name);
  if (found.path.empty()) {
    looked.problem = std::move(found.problem);
    looked.is_absent = found.is_absent;
    return looked;
  }
  looked.path = std::move(found.path);
  try {
    const MappedFile file(looked.path);
    looked.digest = sha256(file.bytes());
    if (const auto problem = image_problem(file.bytes(), reading)) {
      looked.problem = fmt::format("{}: {}", looked.path.string(), *problem);
    }
  } catch (const UserError& error) {
    looked.problem = error.what();
  }
  return looked;
}

/// One line instead of one for every row.
void refuse_if_none_is_there(const Manifest& manifest, const std::vector<const Column*>& columns,
                             const std::vector<std::vector<Looked>>& looked,
                             const ImageInput& images) {
  constexpr size_t kShown = 3;
  if (looked.size() < kShown) return;
  std::vector<std::string> names;
  size_t count = 0;
  for (size_t row = 0; row < looked.size(); ++row) {
    if (!std::ranges::all_of(looked[row], &Looked::is_absent)) return;
    count += looked[row].size();
    for (const Column* column : columns) {
      const std::string& name = column->values[row];
      if (names.size() < kShown && !is_missing(name)) names.push_back(quoted_excerpt(name, 100));
    }
  }
  if (names.size() < kShown) return;
  fail("{}: none of the {} images of column{} '{}' is in {}: looked for {}, ...{}; there are {}",
       manifest.source, count, columns.size() == 1 ? "" : "s", images.column,
       images.folder.string(), fmt::join(names, ", "),
       images.suffix.empty() ? "" : fmt::format(" with {} behind them", images.suffix),
       folder_contents(images.folder));
}

/// The row's pictures, as far as it names any.
std::vector<Looked> look_at_row(const ImageFinder& finder,
                                const std::vector<const Column*>& columns, size_t row,
                                const ImageReading& reading) {
  std::vector<Looked> looked;
  for (const Column* column : columns) {
    if (!is_missing(column->values[row]))
      looked.push_back(look_at(finder, column->values[row], reading));
  }
  return looked;
}

std::optional<std::string> problem_of(const std::vector<Looked>& row) {
  if (row.empty()) return "no file name";
  for (const Looked& one : row) {
    if (one.problem) return one.problem;
  }
  return std::nullopt;
}

}  // namespace

std::vector<const Column*> image_columns(const Manifest& manifest, const std::string& names,
                                         std::string_view asked_by) {
  std::vector<const Column*> columns;
  for (const std::string& name : column_names(manifest.columns, names)) {
    columns.push_back(&manifest.column(name, asked_by));
  }
  return columns;
}

ImageFiles find_images(const Manifest& manifest, const ImageInput& images, int threads,
                       Progress& progress) {
  const std::vector<const Column*> columns = image_columns(manifest, images.column);
  if (!is_folder(images.folder)) {
    fail("{}: no such folder of images (--images)", images.folder.string());
  }
  const int64_t rows = manifest.rows();
  const ImageFinder finder(images.folder, images.suffix);
  std::vector<std::vector<Looked>> looked(static_cast<size_t>(rows));
  progress.begin("checking images", "images", rows);
  parallel_for((rows + kFilesPerItem - 1) / kFilesPerItem, threads, [&](int64_t item, int) {
    check_interrupt();
    const int64_t first = item * kFilesPerItem;
    const int64_t last = std::min(rows, first + kFilesPerItem);
    for (int64_t row = first; row < last; ++row) {
      looked[static_cast<size_t>(row)] =
          look_at_row(finder, columns, static_cast<size_t>(row), images.reading);
    }
    progress.advance(last - first);
  });
  progress.end();
  refuse_if_none_is_there(manifest, columns, looked, images);

  ImageFiles result;
  std::unordered_map<Digest, int32_t> seen;
  for (int64_t row = 0; row < rows; ++row) {
    std::vector<Looked>& pictures = looked[static_cast<size_t>(row)];
    std::vector<int32_t>& places = result.of_row.emplace_back();
    if (const std::optional<std::string> problem = problem_of(pictures)) {
      result.bad.push_back({row, fmt::format("{}: line {}: {}", manifest.source,
                                             manifest.lines[static_cast<size_t>(row)], *problem)});
      continue;
    }
    for (Looked& picture : pictures) {
      const auto [place, is_new] =
          seen.try_emplace(picture.digest, static_cast<int32_t>(result.files.size()));
      if (is_new) result.files.push_back(std::move(picture.path));
      places.push_back(place->second);
    }
  }
  return result;
}

}  // namespace puente
