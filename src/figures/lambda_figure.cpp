#include "figures/lambda_figure.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>

#include "figures/axes.h"
#include "figures/colours.h"
#include "results/json_parts.h"

namespace puente {
namespace {

struct Measured {
  double lambda = 0;
  double value = 0;
  double low = NAN, high = NAN;  // NaN: no interval
};

const Json& scores_at(const Json& mean) {
  return mean.contains("test") ? object_at(mean, "test") : object_at(mean, "best_test_epochs");
}

std::vector<Measured> measured_of(const Json& means, const std::string& method,
                                  const std::string& fusion, const std::string& figure) {
  std::vector<Measured> line;
  for (const Json& mean : means) {
    if (mean.value("method", "") != method || mean.value("fusion", "") != fusion) continue;
    const Json& scores = scores_at(mean);
    if (!mean.contains("lambda") || !scores.contains(figure)) continue;
    if (!scores.at(figure).is_number()) continue;
    Measured one;
    if (mean.at("lambda").is_number()) one.lambda = mean.at("lambda").get<double>();
    one.value = scores.at(figure).get<double>();
    const Json& interval = list_at(scores, figure + "_interval");
    if (interval.size() == 2) {
      one.low = interval.at(0).get<double>();
      one.high = interval.at(1).get<double>();
    }
    line.push_back(one);
  }
  std::ranges::sort(line, {}, &Measured::lambda);
  return line;
}

struct FigureLine {
  std::string fusion;
  std::vector<Measured> points;
  std::vector<Measured> unaligned;  // one, of the method none
  std::vector<Measured> chosen;
};

void draw_line(Svg& svg, const Panel& panel, const FigureLine& line, std::string_view colour,
               Range x) {
  std::vector<Point> band, points;
  for (const Measured& m : line.points) {
    points.push_back(panel.at(m.lambda, m.value));
    if (std::isfinite(m.low)) band.push_back(panel.at(m.lambda, m.high));
  }
  for (auto m = line.points.rbegin(); m != line.points.rend(); ++m) {
    if (std::isfinite(m->low)) band.push_back(panel.at(m->lambda, m->low));
  }
  svg.area(band, colour, 0.16);
  for (const Measured& m : line.unaligned) {
    svg.line(panel.at(x.low, m.value), panel.at(x.high, m.value),
             {.colour = colour, .width = 1.2, .dashes = "5 3"});
  }
  svg.polyline(points, {.colour = colour, .width = 2});
  for (const Point& p : points) svg.circle(p, 2.4, colour, {.width = 0});
  for (const Measured& m : line.chosen) {
    svg.circle(panel.at(m.lambda, m.value), 6, "none", {.colour = colour, .width = 1.8});
  }
}

}  // namespace

std::vector<std::string> swept_methods(const Json& metrics) {
  std::map<std::string, int> lambdas;
  std::vector<std::string> methods;
  for (const Json& mean : list_at(metrics, "means")) {
    if (!mean.contains("lambda") || !mean.at("lambda").is_number()) continue;
    const std::string method = mean.value("method", "");
    if (lambdas[method]++ == 0) methods.push_back(method);
  }
  std::erase_if(methods, [&](const std::string& method) { return lambdas[method] < 2; });
  return methods;
}

std::string lambda_figure(const Json& metrics, const std::string& method, const std::string& name) {
  constexpr double kWidth = 262, kHeight = 230, kLeft = 74, kTop = 70, kBetween = 78;
  Svg svg(kLeft + 3 * kWidth + 2 * kBetween + 24, kTop + kHeight + 92);
  const Json& means = list_at(metrics, "means");
  std::vector<std::string> fusions;
  for (const Json& mean : means) {
    const std::string fusion = mean.value("fusion", "");
    if (std::ranges::find(fusions, fusion) == fusions.end()) fusions.push_back(fusion);
  }
  const double middle = (kLeft + 3 * kWidth + 2 * kBetween) / 2;
  svg.text({middle, 22}, shortened(fmt::format("{}: {}", name, method), 80),
           {.size = 14, .anchor = Anchor::middle, .bold = true});
  const bool paper = metrics.value("protocol", "") == "paper";
  double left = kLeft;
  for (const auto& [figure, title] :
       {std::pair{"accuracy", "Accuracy"}, {"macro_f1", "Macro F1"}, {"auc", "AUC"}}) {
    std::vector<FigureLine> lines;
    std::vector<double> lambdas, values;
    for (const std::string& fusion : fusions) {
      FigureLine line{fusion, measured_of(means, method, fusion, figure),
                      measured_of(means, "none", fusion, figure),
                      measured_of(list_at(metrics, "chosen"), method, fusion, figure)};
      for (const std::vector<Measured>* some : {&line.points, &line.unaligned}) {
        for (const Measured& m : *some) values.insert(values.end(), {m.value, m.low, m.high});
      }
      for (const Measured& m : line.points) lambdas.push_back(m.lambda);
      lines.push_back(std::move(line));
    }
    const Range x = range_around(lambdas);
    const Panel panel({left, kTop}, kWidth, kHeight, x, range_around(values));
    panel.draw_frame(svg,
                     {.title = title, .x_name = "λ", .y_name = paper ? "best test epoch" : ""});
    for (size_t i = 0; i < lines.size(); ++i) {
      draw_line(svg, panel, lines[i], series_colour(i), x);
    }
    left += kWidth + kBetween;
  }
  std::vector<LegendEntry> legend;
  for (size_t i = 0; i < fusions.size(); ++i) {
    legend.push_back({fusions[i] + " fusion", series_colour(i)});
  }
  legend.push_back({"without alignment", kGray, "5 3"});
  draw_legend_line(svg, {middle, kTop + kHeight + 62}, legend);
  const auto seeds = object_at(metrics, "sweep").value("seeds", 0);
  svg.text(
      {middle, kTop + kHeight + 82},
      fmt::format("{} rows, mean of {} trainings and 95 % interval over them; ring: λ chosen by "
                  "{} rows",
                  paper ? "test (optimistic)" : "test", seeds, paper ? "test" : "validation"),
      {.size = 11, .anchor = Anchor::middle, .colour = kGray});
  return svg.file(fmt::format("{}: figures against lambda, {}", name, method));
}

}  // namespace puente
