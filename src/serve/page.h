// The page, and the headers that keep it to itself.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace puente::serve {

/// Content-Security-Policy of a page that is one file: nothing is loaded but from this server, and
/// no script or style runs but those in the page, which are named by their hashes.
std::string content_security_policy(std::string_view html);

/// Of every answer.
std::vector<std::pair<std::string, std::string>> security_headers();

/// Where the page was not built in.
std::string_view placeholder_page();

}  // namespace puente::serve
