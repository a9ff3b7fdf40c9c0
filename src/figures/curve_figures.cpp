#include "figures/curve_figures.h"

#include <algorithm>
#include <fmt/format.h>

#include "figures/axes.h"
#include "figures/colours.h"
#include "results/json_parts.h"

namespace puente {
namespace {

constexpr double kSide = 340, kCurveLeft = 70, kCurveTop = 48;
constexpr size_t kMostCurves = 21;  // that a legend can name

std::string score_of(const Json& one, const char* figure) {
  const Json value = one.value(figure, Json());
  return value.is_number() ? fmt::format("{:.3f}", value.get<double>()) : "-";
}

std::string curves_figure(const Json& curves, const char* which, const char* figure,
                          const PanelStyle& style) {
  const Json& classes = list_at(curves, "classes");
  Svg svg(kCurveLeft + kSide + 250,
          std::max(kCurveTop + kSide + 60, 60 + 17.0 * static_cast<double>(classes.size())));
  const Panel panel({kCurveLeft, kCurveTop}, kSide, kSide, {0, 1}, {0, 1});
  panel.draw_frame(svg, style);
  const bool is_roc = which == std::string_view("roc");
  if (is_roc) {
    svg.line(panel.at(0, 0), panel.at(1, 1), {.colour = "#9a9a9a", .width = 1, .dashes = "4 4"});
  }
  std::vector<LegendEntry> legend;
  size_t number = 0;
  for (const Json& one : classes) {
    if (number == kMostCurves) break;
    std::vector<Point> points;
    for (const Json& p : list_at(one, which)) {
      const Point at = panel.at(p.at(0).get<double>(), p.at(1).get<double>());
      points.push_back(at);
    }
    const std::string_view colour = series_colour(number), dashes = series_dashes(number);
    svg.polyline(points, {.colour = colour, .width = 1.8, .dashes = dashes});
    legend.push_back(
        {fmt::format("{}  {}", shortened(one.value("name", ""), 22), score_of(one, figure)), colour,
         dashes});
    ++number;
  }
  const double right = kCurveLeft + kSide + 22;
  svg.text({right, kCurveTop + 8}, is_roc ? "class, AUC" : "class, average precision",
           {.size = 11, .colour = kGray});
  draw_legend(svg, {right, kCurveTop + 18}, legend);
  if (classes.size() > kMostCurves) {
    svg.text({right, kCurveTop + 30 + 17.0 * kMostCurves},
             fmt::format("and {} more", classes.size() - kMostCurves), {.size = 11});
  }
  return svg.file(style.title);
}

void draw_reliability(Svg& svg, const Panel& panel, const Json& calibration,
                      std::string_view colour, std::string_view dashes) {
  std::vector<Point> points;
  for (const Json& bin : list_at(calibration, "bins")) {
    const Json x = bin.value("mean_confidence", Json()), y = bin.value("share_correct", Json());
    if (!x.is_number() || !y.is_number()) continue;
    points.push_back(panel.at(x.get<double>(), y.get<double>()));
  }
  svg.polyline(points, {.colour = colour, .width = 2, .dashes = dashes});
  for (const Point& p : points) svg.circle(p, 3.2, colour, {.width = 0});
}

}  // namespace

std::string roc_figure(const Json& curves, const std::string& name) {
  return curves_figure(curves, "roc", "auc",
                       {.title = shortened(name, 40) + ": ROC",
                        .x_name = "false positive rate (1 − specificity)",
                        .y_name = "true positive rate (sensitivity)"});
}

std::string precision_recall_figure(const Json& curves, const std::string& name) {
  return curves_figure(curves, "precision_recall", "average_precision",
                       {.title = shortened(name, 32) + ": precision and recall",
                        .x_name = "recall (sensitivity)",
                        .y_name = "precision (positive predictive value)"});
}

std::string reliability_figure(const Json& assessment, const std::string& name) {
  const Json& plain = object_at(assessment, "calibration");
  const Json& tempered = object_at(assessment, "calibration_with_temperature");
  constexpr double kCounts = 70;
  Svg svg(kCurveLeft + kSide + 70, kCurveTop + kSide + kCounts + 106);
  const Panel panel({kCurveLeft, kCurveTop}, kSide, kSide, {0, 1}, {0, 1});
  panel.draw_frame(svg, {.title = shortened(name, 40) + ": reliability",
                         .y_name = "share of right predictions"});
  svg.line(panel.at(0, 0), panel.at(1, 1), {.colour = "#9a9a9a", .width = 1, .dashes = "4 4"});
  std::vector<LegendEntry> legend = {
      {"as given, expected error " + score_of(plain, "expected_error"), kBlue}};
  if (!tempered.empty()) {
    draw_reliability(svg, panel, tempered, kVermillion, "6 3");
    legend.push_back({fmt::format("with temperature {}, {}", score_of(assessment, "temperature"),
                                  score_of(tempered, "expected_error")),
                      kVermillion, "6 3"});
  }
  draw_reliability(svg, panel, plain, kBlue, {});
  std::vector<double> rows = {0};
  for (const Json& bin : list_at(plain, "bins")) rows.push_back(bin.value("rows", 0.0));
  const Panel counts({kCurveLeft, kCurveTop + kSide + 34}, kSide, kCounts, {0, 1},
                     {0, 1.05 * std::max(1.0, *std::ranges::max_element(rows))});
  counts.draw_frame(
      svg, {.x_name = "confidence in the predicted class", .y_name = "rows", .y_ticks = 2});
  for (const Json& bin : list_at(plain, "bins")) {
    const Point a = counts.at(bin.value("lower", 0.0), bin.value("rows", 0.0));
    const Point b = counts.at(bin.value("upper", 0.0), 0);
    if (b.y - a.y > 0) svg.rect({a.x + 1, a.y}, b.x - a.x - 2, b.y - a.y, "#7f9fb5");
  }
  draw_legend_line(svg, {kCurveLeft + kSide / 2, kCurveTop + kSide + kCounts + 94}, legend);
  return svg.file(name + ": reliability");
}

}  // namespace puente
