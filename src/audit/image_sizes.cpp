// Classes that come in pictures of another size: of another camera, another clinic, another way to
// save them.
#include <set>

#include "audit/checks.h"
#include "audit/lookup.h"
#include "base/error.h"

namespace puente::audit_detail {
namespace {

constexpr size_t kFewSizes = 20;
constexpr const char* kAdvice =
    "see where pictures of each size come from: a model may learn the camera, or how the files "
    "were "
    "saved; compare within one";

template <class Value>
std::vector<std::string> values_of(const AuditInput& input, Value&& value) {
  std::vector<std::string> values;
  for (const std::optional<PictureFacts>& picture : input.pictures) {
    values.push_back(picture ? value(*picture) : "not known");
  }
  return values;
}

}  // namespace

void check_image_sizes(const AuditInput& input, Findings& findings) {
  if (input.pictures.empty()) return;
  const auto check = [&](const std::string& what, const Categories& values) {
    check_together(input, what, values, "image-size-and-class", kAdvice, findings);
  };
  const std::vector<std::string> sizes = values_of(
      input, [](const PictureFacts& p) { return fmt::format("{}x{}", p.width, p.height); });
  if (std::set(sizes.begin(), sizes.end()).size() <= kFewSizes) {
    check("the images' width x height", distinct(sizes));
  } else {
    check("the images' number of pixels", binned(values_of(input, [](const PictureFacts& p) {
            return std::to_string(p.width * p.height);
          })));
    check("the images' width over height", binned(values_of(input, [](const PictureFacts& p) {
            return fmt::format("{:.2f}",
                               static_cast<double>(p.width) / static_cast<double>(p.height));
          })));
  }
  check("the image files' number of bytes",
        binned(values_of(input, [](const PictureFacts& p) { return std::to_string(p.bytes); })));
}

}  // namespace puente::audit_detail
