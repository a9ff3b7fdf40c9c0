#include "figures/gap_figures.h"

#include <array>
#include <cmath>
#include <fmt/format.h>
#include <numbers>

#include "base/error.h"
#include "figures/axes.h"
#include "figures/colours.h"

namespace puente {
namespace {

constexpr double kRadius = 118;
constexpr double kCell = 300;   // of a panel, with its words
constexpr double kHead = 66;    // above the first row
constexpr double kTurn = 0.3;   // of the sphere about its axis, radians
constexpr double kTilt = 0.42;  // of the axis towards the eye
constexpr double kDot = 2.6;

using Spot = std::array<double, 3>;

/// Centred components divided by their length over the first `axes`; nothing has none at 0.
Spot on_sphere(const JointGeometry& geometry, const JointHalf& half, int64_t row, double lambda,
               size_t axes) {
  Spot spot = shifted_components(geometry, half, row, lambda);
  double squares = 0;
  for (size_t k = 0; k < 3; ++k) {
    spot[k] = k < axes ? spot[k] - geometry.center[k] : 0;
    squares += spot[k] * spot[k];
  }
  if (squares > 0) {
    for (double& x : spot) x /= std::sqrt(squares);
  }
  return spot;
}

/// x to the right, y up, z towards the eye; the third component is the axis that stands up.
Spot seen(const Spot& spot) {
  const double x = std::cos(kTurn) * spot[0] + std::sin(kTurn) * spot[1];
  const double depth = -std::sin(kTurn) * spot[0] + std::cos(kTurn) * spot[1];
  return {x, std::cos(kTilt) * spot[2] + std::sin(kTilt) * depth,
          -std::cos(kTilt) * depth + std::sin(kTilt) * spot[2]};
}

std::string gap_text(const JointGeometry& geometry, double lambda) {
  for (const ShiftedGap& shifted : geometry.shifted) {
    if (std::abs(shifted.lambda - lambda) < 1e-9) {
      return fmt::format("distance of the means {:.3f}", shifted.norm);
    }
  }
  return "";
}

std::string lambda_name(double lambda) {
  const std::string number = fmt::format("{:g}", std::abs(lambda));
  return lambda == 0 ? "as they are (λ = 0)" : (lambda < 0 ? "λ = −" : "λ = ") + number;
}

void draw_words(Svg& svg, Point centre, const GapPanels& panels, double lambda) {
  svg.text({centre.x, centre.y - kRadius - 20}, lambda_name(lambda),
           {.size = 13, .anchor = Anchor::middle, .bold = true});
  svg.text({centre.x, centre.y + kRadius + 22}, gap_text(panels.geometry, lambda),
           {.size = 11, .anchor = Anchor::middle, .colour = kGray});
}

std::string component_name(const JointGeometry& geometry, size_t k) {
  const double percent = 100 * geometry.variance_share[k];
  return fmt::format("component {} ({:.{}f} %)", k + 1, percent, percent < 9.95 ? 1 : 0);
}

void draw_circle(Svg& svg, Point centre, const GapPanels& panels, double lambda) {
  const JointGeometry& g = panels.geometry;
  const Stroke faint{.colour = kPale};
  svg.line({centre.x - kRadius, centre.y}, {centre.x + kRadius, centre.y}, faint);
  svg.line({centre.x, centre.y - kRadius}, {centre.x, centre.y + kRadius}, faint);
  svg.circle(centre, kRadius, "none", {.colour = "#b5b5b5"});
  // Texts a hair inside and images a hair outside, or one would hide the other.
  for (const bool is_text : {false, true}) {
    const JointHalf& half = is_text ? g.text : g.image;
    const double radius = is_text ? kRadius - 2.5 : kRadius + 2.5;
    std::vector<Point> points;
    for (int64_t i = 0; i < half.components.rows(); ++i) {
      const Spot spot = on_sphere(g, half, i, lambda, 2);
      points.push_back({centre.x + radius * spot[0], centre.y - radius * spot[1]});
    }
    svg.dots(points, 4, is_text ? kTextColour : kImageColour, 0.75);
  }
  draw_words(svg, centre, panels, lambda);
}

/// The circle at a height of the sphere, or through its poles; front and back.
void draw_wire(Svg& svg, Point centre, const std::vector<Spot>& ring) {
  std::vector<Point> run;
  bool front = true;
  const auto flush = [&] {
    svg.polyline(run, {.colour = front ? "#c4c4c4" : kPale, .width = front ? 0.8 : 0.6});
    run.clear();
  };
  for (const Spot& spot : ring) {
    const Spot eye = seen(spot);
    const Point p{centre.x + kRadius * eye[0], centre.y - kRadius * eye[1]};
    if (!run.empty() && (eye[2] >= 0) != front) {
      run.push_back(p);
      flush();
    }
    front = eye[2] >= 0;
    run.push_back(p);
  }
  flush();
}

void draw_wires(Svg& svg, Point centre) {
  constexpr int kSteps = 72;
  constexpr double kPi = std::numbers::pi;
  for (const double latitude : {-kPi / 3, -kPi / 6, 0.0, kPi / 6, kPi / 3}) {
    std::vector<Spot> ring;
    for (int i = 0; i <= kSteps; ++i) {
      const double a = 2 * kPi * i / kSteps;
      ring.push_back(
          {std::cos(latitude) * std::cos(a), std::cos(latitude) * std::sin(a), std::sin(latitude)});
    }
    draw_wire(svg, centre, ring);
  }
  for (int meridian = 0; meridian < 6; ++meridian) {
    const double a = kPi * meridian / 6;
    std::vector<Spot> ring;
    for (int i = 0; i <= kSteps; ++i) {
      const double b = 2 * kPi * i / kSteps;
      ring.push_back({std::cos(b) * std::cos(a), std::cos(b) * std::sin(a), std::sin(b)});
    }
    draw_wire(svg, centre, ring);
  }
}

void draw_sphere(Svg& svg, Point centre, const GapPanels& panels, double lambda) {
  const JointGeometry& g = panels.geometry;
  std::vector<Point> points[2][2];  // behind or in front, image or text
  for (const bool is_text : {false, true}) {
    const JointHalf& half = is_text ? g.text : g.image;
    for (int64_t i = 0; i < half.components.rows(); ++i) {
      const Spot eye = seen(on_sphere(g, half, i, lambda, 3));
      points[eye[2] >= 0][is_text].push_back(
          {centre.x + kRadius * eye[0], centre.y - kRadius * eye[1]});
    }
  }
  for (const bool front : {false, true}) {
    if (front) {
      svg.circle(centre, kRadius, "none", {.colour = "#9a9a9a"});
      draw_wires(svg, centre);
    }
    svg.dots(points[front][0], kDot, kImageColour, front ? 0.8 : 0.4);
    svg.dots(points[front][1], kDot, kTextColour, front ? 0.8 : 0.4);
  }
  draw_words(svg, centre, panels, lambda);
}

template <class Draw>
std::string figure(std::span<const GapPanels> rows, const std::string& title, size_t axes,
                   Draw draw) {
  PUENTE_ASSERT(!rows.empty());
  const size_t columns = rows.front().lambdas.size();
  const double width = kCell * static_cast<double>(columns) + 20;
  Svg svg(width, kHead + (kCell + 40) * static_cast<double>(rows.size()));
  draw_legend_line(svg, {width / 2, 24},
                   {{"image", kImageColour, {}, true}, {"text", kTextColour, {}, true}});
  for (size_t r = 0; r < rows.size(); ++r) {
    PUENTE_ASSERT(rows[r].lambdas.size() == columns);
    const double top = kHead + (kCell + 40) * static_cast<double>(r);
    std::string words = rows[r].name;
    words = shortened(words, 60) + ": ";
    for (size_t k = 0; k < axes; ++k) {
      words += (k == 0 ? "" : ", ") + component_name(rows[r].geometry, k);
    }
    svg.text({width / 2, top - 14}, words, {.size = 12, .anchor = Anchor::middle, .colour = kGray});
    for (size_t c = 0; c < columns; ++c) {
      draw(svg, Point{10 + kCell * (static_cast<double>(c) + 0.5), top + kCell / 2 + 8}, rows[r],
           rows[r].lambdas[c]);
    }
  }
  return svg.file(title);
}

}  // namespace

std::string circle_figure(std::span<const GapPanels> rows) {
  return figure(rows, "Image and text embeddings on the unit circle, before and after alignment", 2,
                draw_circle);
}

std::string sphere_figure(std::span<const GapPanels> rows) {
  return figure(rows, "Image and text embeddings on the sphere, before and after alignment", 3,
                draw_sphere);
}

}  // namespace puente
