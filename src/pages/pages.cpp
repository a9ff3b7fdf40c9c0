#include "pages/pages.h"

#include "base/error.h"

// The assembler takes the files in as they are: .incbin knows neither their size nor a copy in the
// compiler's memory.
#define PUENTE_EMBED(symbol, file)        \
  __asm__(                                \
      ".pushsection .rodata\n"            \
      ".global " #symbol                  \
      "_begin\n"                          \
      ".global " #symbol "_end\n" #symbol \
      "_begin:\n"                         \
      ".incbin \"" file "\"\n" #symbol    \
      "_end:\n"                           \
      ".byte 0\n"                         \
      ".popsection\n");                   \
  extern "C" const char symbol##_begin[]; \
  extern "C" const char symbol##_end[]

PUENTE_EMBED(puente_report_html, PUENTE_REPORT_HTML);
PUENTE_EMBED(puente_serve_html, PUENTE_SERVE_HTML);

namespace puente {
namespace {

constexpr std::string_view no_document =
    R"(<script id="puente-report" type="application/json">null</script>)";
constexpr std::string_view null_of_it = "null</script>";

}  // namespace

std::string_view report_page() { return {puente_report_html_begin, puente_report_html_end}; }

std::string_view serve_page() { return {puente_serve_html_begin, puente_serve_html_end}; }

bool pages_are_built() {
  return report_page().find(R"(<meta name="puente-page" content="report")") !=
         std::string_view::npos;
}

std::string report_page_with(std::string_view document) {
  const std::string_view page = report_page();
  const std::size_t place = page.find(no_document);
  PUENTE_ASSERT(place != std::string_view::npos);
  const std::size_t null = place + no_document.size() - null_of_it.size();
  std::string result;
  result.reserve(page.size() + document.size() + document.size() / 64);
  result.append(page.substr(0, null));
  // In JSON a '<' stands only inside a string, where \u003c is the same.
  for (const char c : document) {
    if (c == '<') {
      result.append("\\u003c");
    } else {
      result.push_back(c);
    }
  }
  result.append(page.substr(null + 4));
  return result;
}

std::string page_policy(std::string_view page) {
  constexpr std::string_view before = "content=\"default-src";
  const std::size_t begin = page.find(before);
  PUENTE_ASSERT(begin != std::string_view::npos);
  const std::size_t text = begin + std::string_view("content=\"").size();
  const std::size_t end = page.find('"', text);
  PUENTE_ASSERT(end != std::string_view::npos);
  return std::string(page.substr(text, end - text)) + "; frame-ancestors 'none'";
}

}  // namespace puente
