// A plot's frame: two axes with ticks at round numbers, and where a value lies between them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "figures/svg.h"

namespace puente {

struct Range {
  double low = 0;
  double high = 1;
};

/// Round numbers, about `wanted` of them, that lie in the range.
std::vector<double> ticks_in(Range range, int wanted);
/// The range of the values and a little more; of none 0 to 1. NaN are passed over.
Range range_around(const std::vector<double>& values);
/// "0.25", "-1", "1,000".
std::string tick_text(double value, double step);

struct PanelStyle {
  std::string title = {};
  std::string x_name = {};
  std::string y_name = {};
  int x_ticks = 5;
  int y_ticks = 5;
  std::vector<double> x_at = {};  // ticks of one's own
};

class Panel {
 public:
  /// The rectangle that the axes span.
  Panel(Point corner, double width, double height, Range x, Range y);

  Point at(double x, double y) const;
  double left() const { return corner_.x; }
  double top() const { return corner_.y; }
  double right() const { return corner_.x + width_; }
  double bottom() const { return corner_.y + height_; }

  void draw_frame(Svg& svg, const PanelStyle& style) const;

 private:
  Point corner_;
  double width_, height_;
  Range x_, y_;
};

struct LegendEntry {
  std::string name;
  std::string_view colour;
  std::string_view dashes = {};
  bool dot = false;  // a dot instead of a line
};

/// One below the other.
void draw_legend(Svg& svg, Point corner, const std::vector<LegendEntry>& entries);
/// Beside each other, on one line around `middle`.
void draw_legend_line(Svg& svg, Point middle, const std::vector<LegendEntry>& entries);

}  // namespace puente
