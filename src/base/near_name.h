// The name that somebody may have meant, for messages about names that are not there.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace puente {

/// " Did you mean 'lesion_id'?", or nothing where no name is near: up to a third of the characters
/// differ (edit distance, two exchanged neighbours counting once, upper and lower case being
/// equal).
std::string near_name(std::string_view wanted, std::span<const std::string> names);

}  // namespace puente
