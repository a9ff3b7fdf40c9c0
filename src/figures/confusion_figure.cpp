#include "figures/confusion_figure.h"

#include <algorithm>
#include <fmt/format.h>

#include "figures/colours.h"
#include "figures/svg.h"

namespace puente {
namespace {

constexpr size_t kMostNumbers = 20;  // classes
constexpr size_t kMostNames = 60;

}  // namespace

std::string confusion_figure(const Json& confusion, const std::vector<std::string>& classes,
                             const std::string& name) {
  const size_t n = classes.size();
  const double cell = std::clamp(420.0 / static_cast<double>(n), 5.0, 64.0);
  const double side = cell * static_cast<double>(n);
  const double small = std::clamp(cell * 0.3, 6.0, 12.0);
  double widest = 0;
  for (const std::string& c : classes)
    widest = std::max(widest, text_width(shortened(c, 22), small));
  if (n > kMostNames) widest = 0;
  const double left = 54 + widest, top = 48, width = left + std::max(side, 240.0) + 30;
  Svg svg(width, top + side + widest + 62);
  svg.text({left + side / 2, 24}, shortened(name, 40) + ": confusion",
           {.size = 14, .anchor = Anchor::middle, .bold = true});
  for (size_t i = 0; i < n; ++i) {
    int64_t rows = 0;
    for (size_t j = 0; j < n; ++j) rows += confusion.at(i).at(j).get<int64_t>();
    for (size_t j = 0; j < n; ++j) {
      const auto count = confusion.at(i).at(j).get<int64_t>();
      const double share = rows > 0 ? static_cast<double>(count) / static_cast<double>(rows) : 0;
      const Point corner{left + cell * static_cast<double>(j), top + cell * static_cast<double>(i)};
      svg.rect(corner, cell, cell, shade(share));
      if (n > kMostNumbers) continue;
      const Point centre{corner.x + cell / 2, corner.y + cell / 2};
      const bool with_share = cell >= 44 && count > 0;
      svg.text({centre.x, centre.y + (with_share ? -1 : small * 0.35)}, fmt::format("{}", count),
               {.size = small, .anchor = Anchor::middle, .colour = ink_on_shade(share)});
      if (with_share) {
        svg.text({centre.x, centre.y + small}, fmt::format("{:.0f} %", 100 * share),
                 {.size = small * 0.8, .anchor = Anchor::middle, .colour = ink_on_shade(share)});
      }
    }
  }
  for (size_t i = 0; i <= n; ++i) {
    const double at = cell * static_cast<double>(i);
    const Stroke edge{.colour = "#c8c8c8", .width = 0.6};
    svg.line({left, top + at}, {left + side, top + at}, edge);
    svg.line({left + at, top}, {left + at, top + side}, edge);
  }
  for (size_t i = 0; i < n && n <= kMostNames; ++i) {
    const double at = cell * (static_cast<double>(i) + 0.5);
    const std::string words = shortened(classes[i], 22);
    svg.text({left - 8, top + at + small * 0.35}, words, {.size = small, .anchor = Anchor::end});
    svg.text({left + at + small * 0.35, top + side + 8}, words,
             {.size = small, .anchor = Anchor::end, .upwards = true});
  }
  svg.text({20, top + side / 2}, "true class", {.anchor = Anchor::middle, .upwards = true});
  svg.text({left + side / 2, top + side + widest + 30}, "predicted class",
           {.anchor = Anchor::middle});
  svg.text({left + side / 2, top + side + widest + 50}, "test rows; shade: share of the true class",
           {.size = 11, .anchor = Anchor::middle, .colour = kGray});
  return svg.file(name + ": confusion matrix");
}

}  // namespace puente
