#include "demo/lesions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/rng.h"
#include "demo/write_png.h"
#include "image/image.h"

namespace puente {
namespace {

constexpr double kWrongPicture = 0.08;  // pictures and texts that look like the other kind
constexpr double kWrongText = 0.08;

using Colour = std::array<double, 3>;

Colour mix(const Colour& a, const Colour& b, double t) {
  Colour c;
  for (size_t i = 0; i < 3; ++i) c[i] = a[i] + (b[i] - a[i]) * t;
  return c;
}

/// A border r(angle) around a centre: a circle with waves on it.
struct Border {
  double x, y, radius;
  std::array<double, 6> amplitude, phase;

  double at(double angle) const {
    double r = 1;
    for (size_t k = 0; k < amplitude.size(); ++k) {
      r += amplitude[k] * std::cos(static_cast<double>(k + 2) * angle + phase[k]);
    }
    return radius * r;
  }
};

Border draw_border(Rng& rng, int size, bool irregular) {
  Border border;
  border.x = size * rng.uniform(0.42, 0.58);
  border.y = size * rng.uniform(0.42, 0.58);
  border.radius = size * rng.uniform(0.22, 0.32);
  const double waviness = irregular ? 0.11 : 0.02;
  for (size_t k = 0; k < border.amplitude.size(); ++k) {
    border.amplitude[k] = waviness * rng.uniform(0.3, 1.0);
    border.phase[k] = rng.uniform(0, 2 * std::numbers::pi);
  }
  return border;
}

void draw_hairs(Rng& rng, Image& image) {
  const uint64_t hairs = rng.below(4);
  for (uint64_t h = 0; h < hairs; ++h) {
    double x = rng.uniform(0, image.width), y = rng.uniform(0, image.height);
    double angle = rng.uniform(0, 2 * std::numbers::pi);
    for (int step = 0; step < image.width; ++step) {
      const int px = static_cast<int>(x), py = static_cast<int>(y);
      if (px < 0 || py < 0 || px >= image.width || py >= image.height) break;
      uint8_t* pixel = &image.rgb[static_cast<size_t>(3 * (py * image.width + px))];
      for (int c = 0; c < 3; ++c) pixel[c] = static_cast<uint8_t>(pixel[c] / 2);
      angle += rng.uniform(-0.08, 0.08);
      x += std::cos(angle);
      y += std::sin(angle);
    }
  }
}

/// Suspicious: dark, blue-black in places, wavy border. Otherwise brown and round.
Image draw_lesion(Rng& rng, int size, bool suspicious) {
  Image image{size, size, std::vector<uint8_t>(static_cast<size_t>(3 * size * size))};
  const double tan = rng.uniform(0, 1);
  const Colour skin = mix({238, 200, 178}, {176, 122, 92}, tan);
  const Colour brown = mix({150, 92, 60}, {112, 64, 40}, rng.uniform());
  const Colour dark = mix({70, 44, 44}, {44, 46, 74}, rng.uniform());
  const Colour inside = suspicious ? mix(dark, brown, rng.uniform(0, 0.4)) : brown;
  const Border border = draw_border(rng, size, suspicious);
  const double blotch = rng.uniform(0.1, 0.3), phase = rng.uniform(0, 6.3);
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const double dx = x - border.x, dy = y - border.y;
      const double distance = std::hypot(dx, dy) - border.at(std::atan2(dy, dx));
      const double edge = 1 / (1 + std::exp(distance / (suspicious ? 0.8 : 1.6)));
      Colour lesion = inside;
      if (suspicious) {
        const double wave = 0.5 + 0.5 * std::sin(blotch * dx + phase) * std::cos(blotch * dy);
        lesion = mix(inside, {40, 38, 58}, 0.7 * wave);
      }
      const Colour colour = mix(skin, lesion, edge);
      for (size_t c = 0; c < 3; ++c) {
        const double value = colour[c] + 7 * rng.normal();
        image.rgb[static_cast<size_t>(3 * (y * size + x)) + c] =
            static_cast<uint8_t>(std::clamp(value, 0.0, 255.0));
      }
    }
  }
  draw_hairs(rng, image);
  return image;
}

/// The label, from what the picture shows and what the text says.
const char* diagnosis(bool suspicious, bool older) {
  if (suspicious) return older ? "melanoma" : "spitz naevus";
  return older ? "keratosis" : "naevus";
}

}  // namespace

int64_t write_lesions(const std::filesystem::path& folder, const LesionOptions& options) {
  constexpr std::array older_sites = {"face", "scalp", "neck", "hand"};
  constexpr std::array younger_sites = {"back", "abdomen", "leg", "foot"};
  make_output_folder(folder / "images");
  Rng rng(options.seed);
  std::string csv = "image,patient,age,sex,site,diagnosis\n";
  int64_t rows = 0;
  for (int64_t patient = 0; patient < options.patients; ++patient) {
    check_interrupt();
    const bool older = rng.uniform() < 0.5;
    const char* sex = rng.uniform() < 0.5 ? "female" : "male";
    const uint64_t pictures = 1 + rng.below(3);
    for (uint64_t p = 0; p < pictures; ++p) {
      const bool suspicious = rng.uniform() < 0.4;
      const bool looks = rng.uniform() < kWrongPicture ? !suspicious : suspicious;
      const bool reads = rng.uniform() < kWrongText ? !older : older;
      const auto age = static_cast<int>(reads ? rng.uniform(52, 88) : rng.uniform(8, 48));
      const char* site = (reads ? older_sites : younger_sites)[rng.below(4)];
      const std::string name = fmt::format("lesion_{:04}.png", rows);
      write_png(draw_lesion(rng, options.size, looks), folder / "images" / name);
      csv += fmt::format("{},P{:03},{},{},{},{}\n", name, patient,
                         rng.uniform() < 0.03 ? "" : fmt::format("{}.0", age), sex, site,
                         diagnosis(suspicious, older));
      ++rows;
    }
  }
  write_file(folder / "metadata.csv", csv);
  return rows;
}

}  // namespace puente
