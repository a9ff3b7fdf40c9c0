#include "image/image_reading.h"

#include "base/error.h"
#include "image/image_reading_json.h"

namespace puente {

void check_image_reading(const ImageReading& reading) {
  if (reading.frame && *reading.frame < 1) fail("frame {}: frames count from 1", *reading.frame);
  const std::vector<int>& bands = reading.bands;
  if (!bands.empty() && bands.size() != 1 && bands.size() != 3) {
    fail("{} bands are given; give one (gray) or three (red, green, blue), such as 4,3,2",
         bands.size());
  }
  for (const int band : bands) {
    if (band < 1) fail("band {}: bands count from 1", band);
  }
  const Stretch& stretch = reading.stretch;
  if (!(stretch.low >= 0 && stretch.low < stretch.high && stretch.high <= 100)) {
    fail("stretch {},{}: give two percentiles, the lower first, such as 2,98", stretch.low,
         stretch.high);
  }
}

Json image_reading_json(const ImageReading& reading) {
  Json json = Json::object();
  if (reading.frame) json["frame"] = *reading.frame;
  if (reading.bands.empty()) return json;
  json["bands"] = reading.bands;
  const Stretch& stretch = reading.stretch;
  json["stretch"] = {{"percentiles", {stretch.low, stretch.high}},
                     {"of", std::string(name_of(stretch.of))}};
  for (const BandLimits& limits : stretch.limits) {
    json["stretch"]["limits"].push_back({limits.low, limits.high});
  }
  return json;
}

ImageReading image_reading_of(const Json& json, const std::string& source) {
  ImageReading reading;
  try {
    if (json.contains("frame")) reading.frame = json["frame"].get<int>();
    if (json.contains("bands")) {
      reading.bands = json["bands"].get<std::vector<int>>();
      const Json& stretch = json.at("stretch");
      reading.stretch.low = stretch.at("percentiles").at(0).get<double>();
      reading.stretch.high = stretch.at("percentiles").at(1).get<double>();
      reading.stretch.of = stretch.at("of") == "set" ? StretchOf::set : StretchOf::image;
      for (const Json& limits : stretch.value("limits", Json::array())) {
        reading.stretch.limits.push_back({limits.at(0).get<double>(), limits.at(1).get<double>()});
      }
    }
  } catch (const Json::exception&) {
    fail("{}: its frame, bands or stretch are not as `puente embed` writes them", source);
  }
  check_image_reading(reading);
  const size_t limits = reading.stretch.limits.size();
  if (limits != 0 && limits != reading.bands.size()) {
    fail("{}: {} limits of a stretch for {} bands", source, limits, reading.bands.size());
  }
  return reading;
}

}  // namespace puente
