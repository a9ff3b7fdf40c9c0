#include "figures/training_figures.h"

#include <cmath>
#include <fmt/format.h>

#include "figures/axes.h"
#include "figures/colours.h"
#include "results/json_parts.h"

namespace puente {
namespace {

double number_at(const Json& from, const char* key) {
  const Json value = from.value(key, Json());
  return value.is_number() ? value.get<double>() : NAN;
}

struct Series {
  std::string name;
  std::vector<Point> values;
};

void draw_series(Svg& svg, const Panel& panel, const std::vector<Series>& all) {
  for (size_t i = 0; i < all.size(); ++i) {
    std::vector<Point> points;
    for (const Point& v : all[i].values) {
      if (std::isfinite(v.y)) points.push_back(panel.at(v.x, v.y));
    }
    svg.polyline(points, {.colour = series_colour(i), .width = 2, .dashes = series_dashes(i)});
    if (points.size() == 1) svg.circle(points.front(), 3, series_colour(i), {.width = 0});
  }
}

std::vector<double> values_of(const std::vector<Series>& all) {
  std::vector<double> values;
  for (const Series& one : all) {
    for (const Point& v : one.values) values.push_back(v.y);
  }
  return values;
}

std::vector<LegendEntry> legend_of(const std::vector<Series>& all) {
  std::vector<LegendEntry> legend;
  for (size_t i = 0; i < all.size(); ++i) {
    legend.push_back({all[i].name, series_colour(i), series_dashes(i)});
  }
  return legend;
}

}  // namespace

std::string training_figure(const Json& metrics, const std::string& name) {
  constexpr double kWidth = 330, kHeight = 240, kLeft = 72, kTop = 66, kBetween = 84;
  const Json& epochs = list_at(metrics, "epochs");
  const bool paper = !epochs.empty() && epochs.at(0).contains("test");
  const std::string rows = paper ? "test" : "validation";
  std::vector<Series> losses = {{"training loss", {}}, {rows + " loss", {}}};
  std::vector<Series> scores = {{"accuracy", {}}, {"macro F1", {}}, {"AUC", {}}};
  for (const Json& epoch : epochs) {
    const double x = number_at(epoch, "epoch");
    const Json& own = object_at(epoch, rows);
    losses[0].values.push_back({x, number_at(epoch, "train_loss")});
    losses[1].values.push_back({x, number_at(own, "loss")});
    scores[0].values.push_back({x, number_at(own, "accuracy")});
    scores[1].values.push_back({x, number_at(own, "macro_f1")});
    scores[2].values.push_back({x, number_at(own, "auc")});
  }
  if (paper) losses.pop_back();
  Svg svg(kLeft + 2 * kWidth + kBetween + 24, kTop + kHeight + 88);
  svg.text({kLeft + kWidth + kBetween / 2, 22}, shortened(name, 80) + ": epochs",
           {.size = 14, .anchor = Anchor::middle, .bold = true});
  const Range x{0.5, std::max(1.0, static_cast<double>(epochs.size())) + 0.5};
  std::vector<double> ticks;
  for (double t : ticks_in({1, x.high}, 6)) {
    if (t >= 1 && t == std::round(t)) ticks.push_back(t);
  }
  if (ticks.empty()) ticks = {1};
  const double chosen = number_at(object_at(metrics, "chosen"), "epoch");
  double left = kLeft;
  for (const auto& [title, series] :
       {std::pair<const char*, const std::vector<Series>&>{"Loss", losses}, {"Figures", scores}}) {
    const Panel panel({left, kTop}, kWidth, kHeight, x, range_around(values_of(series)));
    panel.draw_frame(svg, {.title = title == std::string_view("Loss") ? "Loss" : rows + " rows",
                           .x_name = "epoch",
                           .x_at = ticks});
    if (std::isfinite(chosen)) {
      const Point at = panel.at(chosen, 0);
      svg.line({at.x, panel.top()}, {at.x, panel.bottom()},
               {.colour = "#8a8a8a", .width = 1, .dashes = "3 3"});
      svg.text({at.x, panel.top() - 0.5}, "chosen",
               {.size = 10, .anchor = Anchor::middle, .colour = kGray});
    }
    draw_series(svg, panel, series);
    draw_legend_line(svg, {left + kWidth / 2, kTop + kHeight + 62}, legend_of(series));
    left += kWidth + kBetween;
  }
  return svg.file(name + ": the epochs of the training");
}

std::string learning_curve_figure(const Json& baselines, const std::string& name) {
  constexpr double kWidth = 420, kHeight = 280, kLeft = 76, kTop = 48;
  std::vector<Point> values;
  std::vector<Point> low, high;
  std::vector<double> ys, xs = {0};
  for (const Json& point : list_at(baselines, "learning_curve")) {
    const double x = number_at(point, "rows"), y = number_at(object_at(point, "test"), "macro_f1");
    if (!std::isfinite(x) || !std::isfinite(y)) continue;
    values.push_back({x, y});
    xs.push_back(x);
    ys.push_back(y);
    const Json& interval = list_at(object_at(object_at(point, "test"), "intervals"), "macro_f1");
    if (interval.size() != 2) continue;
    low.push_back({x, interval.at(0).get<double>()});
    high.push_back({x, interval.at(1).get<double>()});
    ys.insert(ys.end(), {low.back().y, high.back().y});
  }
  Svg svg(kLeft + kWidth + 30, kTop + kHeight + 76);
  const Panel panel({kLeft, kTop}, kWidth, kHeight, {0, 1.04 * range_around(xs).high},
                    range_around(ys));
  panel.draw_frame(svg, {.title = shortened(name, 48) + ": learning curve",
                         .x_name = "training rows",
                         .y_name = "macro F1 of the test rows"});
  std::vector<Point> band;
  for (const Point& p : high) band.push_back(panel.at(p.x, p.y));
  for (auto p = low.rbegin(); p != low.rend(); ++p) band.push_back(panel.at(p->x, p->y));
  svg.area(band, kBlue, 0.16);
  std::vector<Point> line;
  for (const Point& p : values) line.push_back(panel.at(p.x, p.y));
  svg.polyline(line, {.colour = kBlue, .width = 2});
  for (const Point& p : line) svg.circle(p, 3.2, kBlue, {.width = 0});
  svg.text({kLeft + kWidth / 2, kTop + kHeight + 60},
           "shares of the training groups; band: 95 % interval over test groups",
           {.size = 11, .anchor = Anchor::middle, .colour = kGray});
  return svg.file(name + ": learning curve");
}

}  // namespace puente
