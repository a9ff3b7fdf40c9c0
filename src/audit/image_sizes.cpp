// Classes that come in pictures of another size: of another camera, another clinic, another way to
// save them.
#include <fmt/ranges.h>
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

using RowPictures = std::vector<PictureFacts>;

template <class Value>
std::vector<std::string> values_of(const AuditInput& input, Value&& value) {
  std::vector<std::string> values;
  for (const RowPictures& pictures : input.pictures) {
    values.push_back(pictures.empty() ? "not known" : value(pictures));
  }
  return values;
}

/// "600x450"; of several sizes each once, so that a row's number of pictures does not matter.
std::string sizes_text(const RowPictures& pictures) {
  std::set<std::string> sizes;
  for (const PictureFacts& p : pictures) sizes.insert(fmt::format("{}x{}", p.width, p.height));
  return fmt::format("{}", fmt::join(sizes, " and "));
}

template <class Figure>
double row_mean(const RowPictures& pictures, Figure&& figure) {
  double sum = 0;
  for (const PictureFacts& picture : pictures) sum += figure(picture);
  return sum / static_cast<double>(pictures.size());
}

std::string mean_pixels(const RowPictures& pictures) {
  return fmt::format("{:.0f}", row_mean(pictures, [](const PictureFacts& p) {
                       return static_cast<double>(p.width * p.height);
                     }));
}

std::string mean_shape(const RowPictures& pictures) {
  return fmt::format("{:.2f}", row_mean(pictures, [](const PictureFacts& p) {
                       return static_cast<double>(p.width) / static_cast<double>(p.height);
                     }));
}

std::string mean_bytes(const RowPictures& pictures) {
  return fmt::format("{:.0f}", row_mean(pictures, [](const PictureFacts& p) {
                       return static_cast<double>(p.bytes);
                     }));
}

}  // namespace

void check_image_sizes(const AuditInput& input, Findings& findings) {
  if (input.pictures.empty()) return;
  const auto check = [&](const std::string& what, const Categories& values) {
    check_together(input, what, values, "image-size-and-class", kAdvice, findings);
  };
  const std::vector<std::string> sizes = values_of(input, sizes_text);
  if (std::set(sizes.begin(), sizes.end()).size() <= kFewSizes) {
    check("the images' width x height", distinct(sizes));
  } else {
    check("the images' number of pixels", binned(values_of(input, mean_pixels)));
    check("the images' width over height", binned(values_of(input, mean_shape)));
  }
  check("the image files' number of bytes", binned(values_of(input, mean_bytes)));
}

}  // namespace puente::audit_detail
