#include "demo/arrangements.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <string>

#include "base/atomic_file.h"
#include "base/interrupt.h"
#include "base/rng.h"
#include "demo/write_png.h"

namespace puente {
namespace {

constexpr const char* kShapes[] = {"circle", "square"};

void draw_shape(Rng& rng, bool circle, int left, int width, Image& image) {
  const double radius = image.height * rng.uniform(0.12, 0.2);
  const double x = left + rng.uniform(radius, width - radius);
  const double y = rng.uniform(radius, image.height - radius);
  // The circle is red, the square blue, so that their colours are in every picture alike.
  std::array<uint8_t, 3> colour{};
  for (uint8_t& part : colour) part = static_cast<uint8_t>(rng.uniform(0, 100));
  colour[circle ? 0 : 2] = static_cast<uint8_t>(rng.uniform(150, 255));
  for (int row = 0; row < image.height; ++row) {
    for (int column = 0; column < image.width; ++column) {
      const double dx = column + 0.5 - x, dy = row + 0.5 - y;
      // A square of the same area.
      const double side = radius * 0.886;
      const bool inside =
          circle ? std::hypot(dx, dy) <= radius : std::max(std::abs(dx), std::abs(dy)) <= side;
      if (!inside) continue;
      std::ranges::copy(colour, &image.rgb[static_cast<size_t>(3 * (row * image.width + column))]);
    }
  }
}

Image draw_arrangement(Rng& rng, int size, bool circle_left) {
  Image image{size, size, std::vector<uint8_t>(static_cast<size_t>(3 * size * size))};
  for (uint8_t& value : image.rgb) value = static_cast<uint8_t>(rng.uniform(170, 255));
  draw_shape(rng, circle_left, 0, size / 2, image);
  draw_shape(rng, !circle_left, size / 2, size / 2, image);
  return image;
}

/// "the circle is left of the square", in other words too; who is named first stands left.
std::string sentence(Rng& rng, bool circle_left) {
  constexpr const char* kForms[] = {"the {} is left of the {}", "a {} stands left of a {}",
                                    "we see a {} to the left of some {}"};
  return fmt::format(fmt::runtime(kForms[rng.below(std::size(kForms))]),
                     kShapes[circle_left ? 0 : 1], kShapes[circle_left ? 1 : 0]);
}

}  // namespace

void write_arrangements(const std::filesystem::path& folder, const ArrangementOptions& options) {
  std::filesystem::create_directories(folder / "images");
  Rng rng(options.seed);
  std::string csv = "image,text,label\n";
  for (int64_t row = 0; row < options.rows; ++row) {
    check_interrupt();
    const bool seen = row % 2 == 0, said = row / 2 % 2 == 0;
    const std::string name = fmt::format("arrangement_{:05}.png", row);
    write_png(draw_arrangement(rng, options.size, seen), folder / "images" / name);
    csv += fmt::format("{},{},{}-{}\n", name, sentence(rng, said), kShapes[seen ? 0 : 1],
                       kShapes[said ? 0 : 1]);
  }
  write_file(folder / "metadata.csv", csv);
}

}  // namespace puente
