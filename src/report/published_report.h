// How a folder's numbers compare with published ones, as JSON and as lines for a person.
#pragma once

#include <string>

#include "certify/published.h"
#include "formats/json.h"

namespace puente {

Json published_json(const std::string& folder, const PublishedVerdict& verdict);
std::string published_text(const std::string& folder, const PublishedVerdict& verdict);

}  // namespace puente
