#include "image/dicom_gray.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace puente::image_detail {
namespace {

constexpr DicomTag kPixelPadding = 0x00280120, kPaddingLimit = 0x00280121;
constexpr DicomTag kWindowCentre = 0x00281050, kWindowWidth = 0x00281051;
constexpr DicomTag kIntercept = 0x00281052, kSlope = 0x00281053, kVoiFunction = 0x00281056;
constexpr DicomTag kModalityLuts = 0x00283000, kVoiLuts = 0x00283010;
constexpr DicomTag kLutDescriptor = 0x00283002, kLutData = 0x00283006;

/// Whole numbers from `first` on, each with its output (PS3.3 C.11.1.1.1); those before and after
/// have the first and the last.
struct Lut {
  int64_t first = 0;
  int bits = 8;  // of the output
  std::vector<uint32_t> values;

  double operator()(double x) const {
    const double index = std::clamp(std::floor(x) - static_cast<double>(first), 0.0,
                                    static_cast<double>(values.size() - 1));
    return values[static_cast<size_t>(index)];
  }
  double largest() const { return static_cast<double>((int64_t{1} << bits) - 1); }
};

/// `is_signed` where the file does not say whether the first number mapped is.
std::optional<Lut> read_lut(const DicomItem& holder, DicomTag sequence, bool is_signed) {
  const std::optional<DicomItem> item = holder.item(sequence, 0);
  if (!item) return std::nullopt;
  const DicomElement* descriptor = item->find(kLutDescriptor);
  const DicomElement* data = item->find(kLutData);
  if (descriptor == nullptr || descriptor->words() < 3 || data == nullptr) {
    bad_picture("the DICOM is damaged: a look-up table is not whole");
  }
  const size_t count = descriptor->word(0) == 0 ? 65536 : descriptor->word(0);
  Lut lut;
  const uint32_t first = descriptor->word(1);
  const bool negative = descriptor->is_signed_short() || (descriptor->vr[0] == 0 && is_signed);
  lut.first = negative ? static_cast<int16_t>(first) : static_cast<int64_t>(first);
  lut.bits = static_cast<int>(descriptor->word(2));
  // Of 8 bits, some writers put two into a word.
  const bool in_bytes = lut.bits <= 8 && data->value.size() < 2 * count;
  if (lut.bits < 1 || lut.bits > 16 || (in_bytes ? data->value.size() : data->words()) < count) {
    bad_picture("the DICOM is damaged: a look-up table is not whole");
  }
  lut.values.resize(count);
  for (size_t i = 0; i < count; ++i) {
    lut.values[i] = in_bytes ? std::to_integer<uint32_t>(data->value[i]) : data->word(i);
  }
  return lut;
}

std::optional<double> number_of(const DicomItem& item, DicomTag tag) {
  const DicomElement* element = item.find(tag);
  return element == nullptr ? std::nullopt : element->number();
}

/// From stored value to the modality's own unit.
struct Modality {
  std::optional<Lut> lut;
  double slope = 1;
  double intercept = 0;

  double operator()(int32_t stored) const {
    return lut ? (*lut)(stored) : stored * slope + intercept;
  }
};

Modality read_modality(const DicomSamples& samples, const DicomItem& item) {
  Modality modality;
  modality.lut = read_lut(item, kModalityLuts, samples.is_signed);
  const std::optional<double> slope = number_of(item, kSlope);
  const std::optional<double> intercept = number_of(item, kIntercept);
  if (slope && intercept && std::isfinite(*slope) && std::isfinite(*intercept)) {
    modality.slope = *slope;
    modality.intercept = *intercept;
  }
  return modality;
}

/// PS3.3 C.11.2.1.2.1, C.11.2.1.3.1 and .2, with an output from 0 to 1.
struct VoiWindow {
  enum class Function { linear, linear_exact, sigmoid } function = Function::linear;
  double centre = 0;
  double width = 1;

  double operator()(double x) const {
    if (function == Function::sigmoid) return 1 / (1 + std::exp(-4 * (x - centre) / width));
    const double half_pixel = function == Function::linear ? 0.5 : 0;
    const double c = centre - half_pixel, w = width - 2 * half_pixel;
    if (x <= c - w / 2) return 0;
    if (x > c + w / 2) return 1;
    return (x - c) / w + 0.5;
  }
};

/// The first window; nothing where there is none, or one that the standard does not allow.
std::optional<VoiWindow> read_window(const DicomItem& item) {
  const std::optional<double> centre = number_of(item, kWindowCentre);
  const std::optional<double> width = number_of(item, kWindowWidth);
  if (!centre || !width || !std::isfinite(*centre) || !std::isfinite(*width)) return std::nullopt;
  VoiWindow window{.centre = *centre, .width = *width};
  const DicomElement* function = item.find(kVoiFunction);
  const std::string_view name = function == nullptr ? "" : function->text();
  if (name == "LINEAR_EXACT") window.function = VoiWindow::Function::linear_exact;
  if (name == "SIGMOID") window.function = VoiWindow::Function::sigmoid;
  const bool allowed = window.function == VoiWindow::Function::linear ? *width >= 1 : *width > 0;
  return allowed ? std::optional(window) : std::nullopt;
}

/// Stored values that fill up the rectangle and are no part of the image; ends included.
struct Padding {
  int32_t low = 1;
  int32_t high = 0;
  bool has(int32_t stored) const { return stored >= low && stored <= high; }
};

Padding read_padding(const DicomSamples& samples, const DicomItem& data) {
  const std::optional<uint32_t> value = data.number16(kPixelPadding);
  if (!value) return {};
  const auto stored = [&](uint32_t v) {
    return samples.is_signed ? int32_t{static_cast<int16_t>(v)} : static_cast<int32_t>(v);
  };
  const int32_t a = stored(*value), b = stored(data.number16(kPaddingLimit).value_or(*value));
  return {std::min(a, b), std::max(a, b)};
}

}  // namespace

std::vector<uint8_t> dicom_gray_table(const DicomSamples& samples, const DicomGrayModules& modules,
                                      bool white_is_least, const std::vector<bool>& occurs) {
  const Modality modality = read_modality(samples, modules.modality);
  const Padding padding = read_padding(samples, *modules.data);
  const std::optional<Lut> voi_lut =
      read_lut(modules.voi, kVoiLuts, samples.is_signed || modality.intercept < 0);
  const std::optional<VoiWindow> window = voi_lut ? std::nullopt : read_window(modules.voi);

  double least = std::numeric_limits<double>::infinity(), most = -least;
  if (!voi_lut && !window) {
    for (uint32_t i = 0; i < occurs.size(); ++i) {
      const int32_t stored = samples.value(i);
      if (!occurs[i] || padding.has(stored)) continue;
      least = std::min(least, modality(stored));
      most = std::max(most, modality(stored));
    }
  }
  const auto shown = [&](double x) {
    if (voi_lut) return std::min(1.0, (*voi_lut)(x) / voi_lut->largest());
    if (window) return (*window)(x);
    return most > least ? std::clamp((x - least) / (most - least), 0.0, 1.0) : 0.0;
  };
  std::vector<uint8_t> table(occurs.size());
  for (uint32_t i = 0; i < table.size(); ++i) {
    const int32_t stored = samples.value(i);
    if (!occurs[i] || padding.has(stored)) continue;
    const auto gray = static_cast<uint8_t>(std::floor(shown(modality(stored)) * 255 + 0.5));
    table[i] = white_is_least ? static_cast<uint8_t>(255 - gray) : gray;
  }
  return table;
}

}  // namespace puente::image_detail
