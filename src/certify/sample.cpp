#include "certify/sample.h"

#include <span>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/mapped_file.h"
#include "base/threads.h"
#include "data/draw_rows.h"
#include "data/rows_at.h"
#include "embed/fit_stretch.h"
#include "embed/image_files.h"

namespace puente {
namespace {

Manifest select_rows(const Manifest& manifest, const std::vector<int32_t>& rows) {
  Manifest selected;
  selected.source = manifest.source;
  for (const int32_t row : rows) {
    selected.lines.push_back(manifest.lines[static_cast<size_t>(row)]);
  }
  selected.columns = rows_at(manifest.columns, rows);
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

void load_sample_pixels(const Sample& sample, const PixelRecipe& recipe, int64_t first,
                        int64_t count, int threads, std::vector<float>& pixels) {
  const auto size = static_cast<size_t>(3 * recipe.height() * recipe.width());
  pixels.resize(static_cast<size_t>(count) * size);
  parallel_for(count, threads, [&](int64_t i, int) {
    check_interrupt();
    const MappedFile file(sample.images[static_cast<size_t>(first + i)]);
    load_pixels(file.bytes(), file.path().string(), recipe, sample.load,
                std::span(pixels).subspan(static_cast<size_t>(i) * size, size));
  });
}

}  // namespace puente
