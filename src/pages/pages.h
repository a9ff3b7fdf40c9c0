// The two pages of web/, as the program carries them: each one HTML file that needs nothing else.
#pragma once

#include <string>
#include <string_view>

namespace puente {

/// Whether the program was built with the pages. Without Node.js at build time both are a short one
/// that says so.
bool pages_are_built();

/// The report without a document in it.
std::string_view report_page();

/// The page of `puente serve`.
std::string_view serve_page();

/// The report with `document`, JSON in UTF-8, in it. No text in the document can end the script
/// that holds it. Pages must be built.
std::string report_page_with(std::string_view document);

/// The Content-Security-Policy for a server to send with a page: what the page itself asks for,
/// with the hashes of its own script and style, and that nobody may frame it.
std::string page_policy(std::string_view page);

}  // namespace puente
