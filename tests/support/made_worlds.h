// Embedding tables of made-up worlds in which it is known whether alignment helps. Every row is a
// patient of its own; both halves know the class, a mean direction of each class plus noise.
//   neutral      rows of length one around the origin: there is no gap, and turning the texts does
//                not matter to a classifier whose first weights have no direction of their own
//   gap_hides    every half lies in a narrow cone, the two on opposite sides, and a row's length
//                says nothing: image = r (g + e v), text = r' (-g + e w), v and w as in the
//                neutral world, e small. Centring leaves the lengths r, normalising leaves the
//                cone; only normalising and then moving the means together leaves v and w
//   gap_carries  the class is how far apart the two halves are: image = r (g + v) and
//                text = r (-g + w), v and w noise, r by class. Dividing by the length erases it
#pragma once

#include <cmath>
#include <string>

#include "puente/table.h"

#include "base/rng.h"

namespace puente::test {

enum class WorldKind { neutral, gap_hides, gap_carries };

struct World {
  WorldKind kind = WorldKind::neutral;
  int64_t rows = 880;
  int64_t dim = 16;
  double signal = 0.12;  // length of a class's mean beside noise of length one
  uint64_t seed = 0;
};

/// Columns patient, dx ("a", "b").
inline EmbeddingTable world_table(const World& world) {
  Rng rng(world.seed, 0x576f726c64);
  const auto direction = [&] {
    std::vector<double> v(static_cast<size_t>(world.dim));
    double squares = 0;
    for (double& x : v) {
      x = rng.normal();
      squares += x * x;
    }
    for (double& x : v) x /= std::sqrt(squares);
    return v;
  };
  const std::vector<double> gap = direction(), of_image = direction(), of_text = direction();
  EmbeddingTable table;
  table.source = "a made-up world";
  table.image = Matrix(world.rows, world.dim);
  table.text = Matrix(world.rows, world.dim);
  table.columns = {{"patient", {}}, {"dx", {}}};
  const bool in_cones = world.kind != WorldKind::neutral;
  const double cone = world.kind == WorldKind::gap_hides ? 0.0001 : 0.5;
  const auto fill = [&](float* out, double side, double length, const std::vector<double>& of_class,
                        double signal) {
    std::vector<double> v = direction();
    double squares = 0;
    for (size_t j = 0; j < v.size(); ++j) {
      v[j] += signal * of_class[j];
      squares += v[j] * v[j];
    }
    for (size_t j = 0; j < v.size(); ++j) {
      v[j] /= std::sqrt(squares);
      if (in_cones) v[j] = length * (side * gap[j] + cone * v[j]);
      out[j] = static_cast<float>(v[j]);
    }
  };
  for (int64_t i = 0; i < world.rows; ++i) {
    const bool second = rng.uniform() < 0.4;
    const double sign = second ? 1 : -1;
    double signal = sign * world.signal, image_length = 1, text_length = 1;
    if (world.kind == WorldKind::gap_hides) {
      image_length = std::exp(0.5 * rng.normal());
      text_length = std::exp(0.5 * rng.normal());
    } else if (world.kind == WorldKind::gap_carries) {
      signal = 0;
      image_length = text_length = std::exp(0.3 * sign + 0.2 * rng.normal());
    }
    fill(table.image.row(i), 1, image_length, of_image, signal);
    fill(table.text.row(i), -1, text_length, of_text, signal);
    table.columns[0].values.push_back("p" + std::to_string(i));
    table.columns[1].values.emplace_back(second ? "b" : "a");
  }
  return table;
}

}  // namespace puente::test
