// A drawing as SVG: what a paper takes, and every browser shows. Lengths are in pixels, y grows
// downwards. Any text may go in: what XML does not allow is left out or written as an entity.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace puente {

struct Point {
  double x = 0;
  double y = 0;
};

enum class Anchor { start, middle, end };

struct TextStyle {
  double size = 12;
  Anchor anchor = Anchor::start;
  std::string_view colour = "#1a1a1a";
  bool bold = false;
  bool upwards = false;  // turned to be read from below
};

struct Stroke {
  std::string_view colour = "#1a1a1a";
  double width = 1;
  std::string_view dashes = {};  // "4 3"
  double opacity = 1;
};

class Svg {
 public:
  Svg(double width, double height);

  void line(Point from, Point to, const Stroke& stroke);
  void polyline(std::span<const Point> points, const Stroke& stroke);
  /// Between the points, filled without an edge.
  void area(std::span<const Point> corners, std::string_view colour, double opacity);
  void rect(Point corner, double width, double height, std::string_view fill);
  void circle(Point centre, double radius, std::string_view fill, const Stroke& edge);
  /// Many dots of one colour as one element; those that would lie on each other once.
  void dots(std::span<const Point> points, double diameter, std::string_view colour,
            double opacity);
  void text(Point at, std::string_view words, const TextStyle& style = {});

  /// The whole file. `title` is what a screen reader says.
  std::string file(std::string_view title) const;

 private:
  double width_, height_;
  std::string body_;
};

/// About how wide the words are.
double text_width(std::string_view words, double size);
/// At most `most` characters, the last of them "…" where some are missing.
std::string shortened(std::string_view words, size_t most);
/// As the text of an XML element or attribute.
std::string xml_text(std::string_view words);

}  // namespace puente
