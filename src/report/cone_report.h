// What `puente inspect --cone` says of an encoder.
#pragma once

#include <string>

#include "cone/cone_study.h"
#include "formats/json.h"

namespace puente {

/// What was studied, as the user named it.
struct ConeContext {
  std::string encoder;
  std::string manifest;
  std::string general;  // empty: nothing
};

Json cone_json(const ConeContext& context, const ConeStudy& study);
std::string cone_text(const ConeContext& context, const ConeStudy& study);

}  // namespace puente
