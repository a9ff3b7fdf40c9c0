#include "figures/svg.h"

#include <cmath>
#include <fmt/format.h>
#include <set>
#include <utility>

#include "formats/utf8.h"

namespace puente {
namespace {

/// With one decimal at most, which is a tenth of a pixel.
std::string length_text(double value) {
  std::string text = fmt::format("{:.1f}", value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

std::string stroke_text(const Stroke& stroke) {
  std::string text = fmt::format(R"( stroke="{}" stroke-width="{}")", stroke.colour, stroke.width);
  if (!stroke.dashes.empty()) text += fmt::format(R"( stroke-dasharray="{}")", stroke.dashes);
  if (stroke.opacity < 1) text += fmt::format(R"( stroke-opacity="{}")", stroke.opacity);
  return text;
}

std::string path_text(std::span<const Point> points) {
  std::string text;
  for (const Point& p : points) {
    text += fmt::format("{}{} {}", text.empty() ? "M" : "L", length_text(p.x), length_text(p.y));
  }
  return text;
}

/// Bytes of the character that begins with `lead`, in valid UTF-8.
size_t character_length(unsigned char lead) {
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/// What is no UTF-8 becomes U+FFFD.
std::string valid_utf8(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t valid = valid_utf8_prefix(text);
    out += text.substr(0, valid);
    text.remove_prefix(valid);
    if (text.empty()) break;
    out += "\xef\xbf\xbd";
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace

std::string xml_text(std::string_view words) {
  const std::string valid = valid_utf8(words);
  std::string out;
  for (size_t i = 0; i < valid.size(); ++i) {
    const auto c = static_cast<unsigned char>(valid[i]);
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c < 0x20 || c == 0x7f) {
      out += ' ';
    } else if (valid.compare(i, 3, "\xef\xbf\xbe") == 0 ||
               valid.compare(i, 3, "\xef\xbf\xbf") == 0) {
      i += 2;  // U+FFFE and U+FFFF are no characters of XML
    } else {
      out += valid[i];
    }
  }
  return out;
}

double text_width(std::string_view words, double size) {
  double width = 0;
  for (size_t i = 0; i < words.size(); ++i) {
    const auto c = static_cast<unsigned char>(words[i]);
    if ((c & 0xc0) == 0x80) continue;  // goes on with a character
    const bool narrow =
        std::string_view("iIljtf.,:;|'()[] ").find(words[i]) != std::string_view::npos;
    width += narrow ? 0.32 : c >= 'A' && c <= 'Z' ? 0.68 : c >= 0xe2 ? 0.9 : 0.56;
  }
  return width * size;
}

std::string shortened(std::string_view words, size_t most) {
  const std::string valid = valid_utf8(words);
  size_t characters = 0, before_last = 0, i = 0;
  while (i < valid.size()) {
    if (characters + 1 == most) before_last = i;
    if (++characters > most) return valid.substr(0, before_last) + "…";
    i += character_length(static_cast<unsigned char>(valid[i]));
  }
  return valid;
}

Svg::Svg(double width, double height) : width_(width), height_(height) {}

void Svg::line(Point from, Point to, const Stroke& stroke) {
  body_ +=
      fmt::format(R"(<line x1="{}" y1="{}" x2="{}" y2="{}"{}/>)", length_text(from.x),
                  length_text(from.y), length_text(to.x), length_text(to.y), stroke_text(stroke));
  body_ += '\n';
}

void Svg::polyline(std::span<const Point> points, const Stroke& stroke) {
  if (points.empty()) return;
  body_ += fmt::format(R"(<path d="{}" fill="none" stroke-linejoin="round"{}/>)", path_text(points),
                       stroke_text(stroke));
  body_ += '\n';
}

void Svg::area(std::span<const Point> corners, std::string_view colour, double opacity) {
  if (corners.empty()) return;
  body_ += fmt::format(R"(<path d="{}Z" fill="{}" fill-opacity="{}"/>)", path_text(corners), colour,
                       opacity);
  body_ += '\n';
}

void Svg::rect(Point corner, double width, double height, std::string_view fill) {
  body_ += fmt::format(R"(<rect x="{}" y="{}" width="{}" height="{}" fill="{}"/>)",
                       length_text(corner.x), length_text(corner.y), length_text(width),
                       length_text(height), fill);
  body_ += '\n';
}

void Svg::circle(Point centre, double radius, std::string_view fill, const Stroke& edge) {
  body_ += fmt::format(R"(<circle cx="{}" cy="{}" r="{}" fill="{}"{}/>)", length_text(centre.x),
                       length_text(centre.y), length_text(radius), fill, stroke_text(edge));
  body_ += '\n';
}

// Lines of no length with round ends: a few bytes each.
void Svg::dots(std::span<const Point> points, double diameter, std::string_view colour,
               double opacity) {
  std::set<std::pair<long, long>> seen;
  std::string path;
  for (const Point& p : points) {
    const std::pair<long, long> place(std::lround(p.x * 4), std::lround(p.y * 4));
    if (!seen.insert(place).second) continue;
    path += fmt::format("M{} {}h0", length_text(p.x), length_text(p.y));
  }
  if (path.empty()) return;
  body_ += fmt::format(
      R"(<path d="{}" fill="none" stroke="{}" stroke-width="{}" stroke-linecap="round" stroke-opacity="{}"/>)",
      path, colour, diameter, opacity);
  body_ += '\n';
}

void Svg::text(Point at, std::string_view words, const TextStyle& style) {
  constexpr std::string_view kAnchors[] = {"start", "middle", "end"};
  const std::string place =
      style.upwards ? fmt::format("transform=\"translate({} {}) rotate(-90)\"", length_text(at.x),
                                  length_text(at.y))
                    : fmt::format(R"(x="{}" y="{}")", length_text(at.x), length_text(at.y));
  body_ += fmt::format(R"(<text {} font-size="{}" text-anchor="{}" fill="{}"{}>{}</text>)", place,
                       style.size, kAnchors[static_cast<size_t>(style.anchor)], style.colour,
                       style.bold ? R"( font-weight="600")" : "", xml_text(words));
  body_ += '\n';
}

std::string Svg::file(std::string_view title) const {
  return fmt::format(
             R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="img" )"
             R"(font-family="Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif">)",
             length_text(width_), length_text(height_)) +
         fmt::format("\n<title>{}</title>\n", xml_text(title)) +
         fmt::format("<rect width=\"{}\" height=\"{}\" fill=\"#ffffff\"/>\n", length_text(width_),
                     length_text(height_)) +
         body_ + "</svg>\n";
}

}  // namespace puente
