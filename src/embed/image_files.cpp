#include "embed/image_files.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

#include "base/error.h"
#include "base/hash.h"
#include "base/interrupt.h"
#include "base/mapped_file.h"
#include "base/threads.h"
#include "image/decode.h"
#include "text/prompt.h"

namespace puente {
namespace {

constexpr std::array kExtensions = {".jpg", ".jpeg", ".png",  ".webp", ".tif", ".tiff",
                                    ".dcm", ".JPG",  ".JPEG", ".PNG",  ".TIF", ".DCM"};
constexpr int64_t kFilesPerItem = 16;

std::optional<std::filesystem::path> find_file(const std::filesystem::path& folder,
                                               const std::string& name) {
  const std::filesystem::path exact = (folder / name).lexically_normal();
  if (std::filesystem::is_regular_file(exact)) return exact;
  for (const char* extension : kExtensions) {
    std::filesystem::path candidate = exact;
    candidate += extension;
    if (std::filesystem::is_regular_file(candidate)) return candidate;
  }
  return std::nullopt;
}

/// What one row's file turned out to be.
struct Looked {
  std::filesystem::path path;
  Digest digest;
  std::optional<std::string> problem;
};

Looked look_at(const std::filesystem::path& folder, const std::string& name,
               const ImageReading& reading) {
  Looked looked;
  if (is_missing(name)) {
    looked.problem = "no file name";
    return looked;
  }
  const std::optional<std::filesystem::path> path = find_file(folder, name);
  if (!path) {
    looked.problem = fmt::format("{}: no such file", (folder / name).lexically_normal().string());
    return looked;
  }
  looked.path = *path;
  try {
    const MappedFile file(*path);
    looked.digest = sha256(file.bytes());
    if (const auto problem = image_problem(file.bytes(), reading)) {
      looked.problem = fmt::format("{}: {}", path->string(), *problem);
    }
  } catch (const UserError& error) {
    looked.problem = error.what();
  }
  return looked;
}

}  // namespace

ImageFiles find_images(const Manifest& manifest, const Column& column,
                       const std::filesystem::path& folder, const ImageReading& reading,
                       int threads, Progress& progress) {
  if (!std::filesystem::is_directory(folder)) {
    fail("{}: no such folder of images (--images)", folder.string());
  }
  const int64_t rows = manifest.rows();
  std::vector<Looked> looked(static_cast<size_t>(rows));
  progress.begin("checking images", "images", rows);
  parallel_for((rows + kFilesPerItem - 1) / kFilesPerItem, threads, [&](int64_t item, int) {
    check_interrupt();
    const int64_t first = item * kFilesPerItem;
    const int64_t last = std::min(rows, first + kFilesPerItem);
    for (int64_t row = first; row < last; ++row) {
      looked[static_cast<size_t>(row)] =
          look_at(folder, column.values[static_cast<size_t>(row)], reading);
    }
    progress.advance(last - first);
  });
  progress.end();

  ImageFiles result;
  std::unordered_map<Digest, int32_t> seen;
  for (int64_t row = 0; row < rows; ++row) {
    Looked& entry = looked[static_cast<size_t>(row)];
    if (entry.problem) {
      result.bad.push_back(
          {row, fmt::format("{}: line {}: {}", manifest.source,
                            manifest.lines[static_cast<size_t>(row)], *entry.problem)});
      result.of_row.push_back(-1);
      continue;
    }
    const auto [place, is_new] =
        seen.try_emplace(entry.digest, static_cast<int32_t>(result.files.size()));
    if (is_new) result.files.push_back(std::move(entry.path));
    result.of_row.push_back(place->second);
  }
  return result;
}

}  // namespace puente
