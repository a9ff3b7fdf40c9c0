#include "certify/sample.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/rng.h"
#include "embed/fit_stretch.h"
#include "embed/image_files.h"

namespace puente {
namespace {

std::vector<size_t> draw_rows(int64_t there, int64_t wanted) {
  std::vector<size_t> rows(static_cast<size_t>(there));
  std::iota(rows.begin(), rows.end(), size_t{0});
  if (wanted >= there) return rows;
  Rng(0).shuffle(std::span(rows));
  rows.resize(static_cast<size_t>(wanted));
  std::sort(rows.begin(), rows.end());
  return rows;
}

Manifest select_rows(const Manifest& manifest, const std::vector<size_t>& rows) {
  Manifest selected;
  selected.source = manifest.source;
  for (const size_t row : rows) selected.lines.push_back(manifest.lines[row]);
  for (const Column& column : manifest.columns) {
    Column& kept = selected.columns.emplace_back(Column{column.name, {}});
    for (const size_t row : rows) kept.values.push_back(column.values[row]);
  }
  return selected;
}

void require_two(size_t different, std::string_view what, const Sample& sample) {
  if (different >= 2) return;
  fail("{}: {} row{} of it {} {} {}; at least two different ones are needed to compare",
       sample.manifest.source, sample.manifest.rows(), sample.manifest.rows() == 1 ? "" : "s",
       sample.manifest.rows() == 1 ? "has" : "have", different, what);
}

void find_pictures(Sample& sample, const ImageInput& images, int threads, Progress& progress) {
  ImageFiles found = find_images(sample.manifest, images, threads, progress);
  for (const BadImage& bad : found.bad) progress.problem(bad.problem);
  if (!found.bad.empty()) {
    progress.note(fmt::format("{} of {} pictures cannot be read and are left out", found.bad.size(),
                              sample.manifest.rows()));
  }
  sample.images = std::move(found.files);
  sample.images_of_row = std::move(found.of_row);
  require_two(sample.images.size(), "different readable pictures", sample);
  sample.load = {.exif = images.exif,
                 .reading = with_fitted_stretch(images.reading, sample.images, threads, progress)};
}

}  // namespace

Sample draw_sample(const SampleRequest& request, int threads, Progress& progress) {
  Sample sample;
  sample.rows_there = request.manifest.rows();
  sample.manifest = select_rows(request.manifest, draw_rows(request.manifest.rows(), request.rows));
  if (request.texts) {
    sample.texts = render_prompts(sample.manifest, request.texts->prompt);
    sample.truncate = request.texts->truncate;
    require_two(sample.texts.texts.size(), "different texts", sample);
  }
  if (request.images) find_pictures(sample, *request.images, threads, progress);
  return sample;
}

}  // namespace puente
