#include "report/published_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace puente {

Json published_json(const std::string& folder, const PublishedVerdict& v) {
  return {{"puente", PUENTE_VERSION},
          {"model", folder},
          {"checkpoint", v.expected.checkpoint},
          {"source", v.expected.source},
          {"numbers", v.expected.what},
          {"published", v.expected.numbers},
          {"got", v.got},
          {"largest_difference", v.difference},
          {"tolerance", v.expected.tolerance},
          {"agrees", v.agrees()}};
}

std::string published_text(const std::string& folder, const PublishedVerdict& v) {
  std::string text = fmt::format("{}: has the form of {}\n", folder, v.expected.checkpoint);
  text += fmt::format("{} of {}{}\n", v.expected.what, v.expected.source,
                      v.expected.picture.empty() ? "" : ", for picture " + v.expected.picture);
  for (size_t i = 0; i < v.got.size(); ++i) {
    text += fmt::format("  published {:9.4f}   here {:9.4f}\n",
                        fmt::join(v.expected.numbers[i], " "), fmt::join(v.got[i], " "));
  }
  if (v.agrees()) {
    text += fmt::format("agrees: the largest difference is {:.2g}, the tolerance {:.2g}\n",
                        v.difference, v.expected.tolerance);
  } else {
    text += fmt::format(
        "differs by {:.2g}, more than the tolerance {:.2g}: {}another checkpoint of the same form, "
        "or a damaged one\n",
        v.difference, v.expected.tolerance,
        v.expected.picture.empty() ? "" : "another picture than the published one, ");
  }
  return text;
}

}  // namespace puente
