#include "figures/axes.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "figures/colours.h"

namespace puente {
namespace {

constexpr double kTickLength = 4;
constexpr double kSmall = 11;  // ticks, legends
constexpr double kLegendRow = 17;

double round_step(double rough) {
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (double factor : {1.0, 2.0, 2.5, 5.0}) {
    if (rough <= factor * power * (1 + 1e-9)) return factor * power;
  }
  return 10 * power;
}

double step_of(const std::vector<double>& ticks) {
  return ticks.size() < 2 ? 1 : ticks[1] - ticks[0];
}

void draw_key(Svg& svg, Point at, const LegendEntry& entry) {
  if (entry.dot) {
    svg.circle({at.x + 9, at.y - 4}, 4, entry.colour, {.width = 0});
  } else {
    svg.line({at.x, at.y - 4}, {at.x + 18, at.y - 4},
             {.colour = entry.colour, .width = 2, .dashes = entry.dashes});
  }
}

}  // namespace

std::vector<double> ticks_in(Range range, int wanted) {
  const double span = range.high - range.low;
  if (!(span > 0) || !std::isfinite(span)) return {range.low};
  const double step = round_step(span / wanted);
  std::vector<double> ticks;
  const auto first = static_cast<int64_t>(std::ceil(range.low / step - 1e-9));
  for (int64_t i = first; static_cast<double>(i) * step <= range.high + 1e-9 * step; ++i) {
    ticks.push_back(static_cast<double>(i) * step);
  }
  return ticks;
}

Range range_around(const std::vector<double>& values) {
  Range range{INFINITY, -INFINITY};
  for (double value : values) {
    if (!std::isfinite(value)) continue;
    range.low = std::min(range.low, value);
    range.high = std::max(range.high, value);
  }
  if (range.low > range.high) return {0, 1};
  const double more = range.high > range.low ? 0.06 * (range.high - range.low)
                                             : std::max(0.05, 0.05 * std::abs(range.low));
  return {range.low - more, range.high + more};
}

std::string tick_text(double value, double step) {
  const int decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 6);
  // 0.25 has a decimal more than its order.
  const double scaled = step * std::pow(10, decimals);
  const int more = std::abs(scaled - std::round(scaled)) > 1e-6 ? 1 : 0;
  std::string text = fmt::format("{:.{}f}", value, decimals + more);
  if (text.find_first_not_of("-0.") == std::string::npos && value == 0) return "0";
  if (decimals + more == 0 && std::abs(value) >= 10000) {
    for (size_t at = text.size(); at > 3 + (text[0] == '-' ? 1u : 0u); at -= 3) {
      text.insert(at - 3, ",");
    }
  }
  if (text[0] == '-') text = "−" + text.substr(1);
  return text;
}

Panel::Panel(Point corner, double width, double height, Range x, Range y)
    : corner_(corner), width_(width), height_(height), x_(x), y_(y) {}

Point Panel::at(double x, double y) const {
  return {corner_.x + width_ * (x - x_.low) / (x_.high - x_.low),
          corner_.y + height_ * (y_.high - y) / (y_.high - y_.low)};
}

void Panel::draw_frame(Svg& svg, const PanelStyle& style) const {
  const std::vector<double> xs = style.x_at.empty() ? ticks_in(x_, style.x_ticks) : style.x_at;
  const std::vector<double> ys = ticks_in(y_, style.y_ticks);
  double widest = 0;
  for (double y : ys) {
    const double py = at(x_.low, y).y;
    svg.line({left(), py}, {right(), py}, {.colour = kPale, .width = 1});
    const std::string words = tick_text(y, step_of(ys));
    svg.text({left() - 7, py + 4}, words, {.size = kSmall, .anchor = Anchor::end});
    widest = std::max(widest, text_width(words, kSmall));
  }
  for (double x : xs) {
    const double px = at(x, y_.low).x;
    svg.line({px, bottom()}, {px, bottom() + kTickLength}, {.colour = kInk});
    svg.text({px, bottom() + 17}, tick_text(x, step_of(xs)),
             {.size = kSmall, .anchor = Anchor::middle});
  }
  svg.line({left(), bottom()}, {right(), bottom()}, {.colour = kInk});
  svg.line({left(), top()}, {left(), bottom()}, {.colour = kInk});
  const double centre = (left() + right()) / 2;
  if (!style.title.empty()) {
    svg.text({centre, top() - 10}, style.title,
             {.size = 13, .anchor = Anchor::middle, .bold = true});
  }
  if (!style.x_name.empty()) {
    svg.text({centre, bottom() + 36}, style.x_name, {.anchor = Anchor::middle});
  }
  if (!style.y_name.empty()) {
    svg.text({left() - widest - 16, (top() + bottom()) / 2}, style.y_name,
             {.anchor = Anchor::middle, .upwards = true});
  }
}

void draw_legend(Svg& svg, Point corner, const std::vector<LegendEntry>& entries) {
  for (size_t i = 0; i < entries.size(); ++i) {
    const Point at{corner.x, corner.y + kLegendRow * static_cast<double>(i) + 10};
    draw_key(svg, at, entries[i]);
    svg.text({at.x + 24, at.y}, entries[i].name, {.size = kSmall});
  }
}

void draw_legend_line(Svg& svg, Point middle, const std::vector<LegendEntry>& entries) {
  constexpr double kKey = 24, kBetween = 22;
  double width = -kBetween;
  for (const LegendEntry& entry : entries) {
    width += kKey + text_width(entry.name, kSmall) + kBetween;
  }
  Point at{middle.x - width / 2, middle.y};
  for (const LegendEntry& entry : entries) {
    draw_key(svg, at, entry);
    svg.text({at.x + kKey, at.y}, entry.name, {.size = kSmall});
    at.x += kKey + text_width(entry.name, kSmall) + kBetween;
  }
}

}  // namespace puente
