#include "serve/openapi.h"

#include <string_view>

// openapi.json beside this file, taken in as it is.
__asm__(
    ".pushsection .rodata\n"
    ".global puente_openapi_begin\n"
    ".global puente_openapi_end\n"
    "puente_openapi_begin:\n"
    ".incbin \"" PUENTE_OPENAPI
    "\"\n"
    "puente_openapi_end:\n"
    ".byte 0\n"
    ".popsection\n");
extern "C" const char puente_openapi_begin[];
extern "C" const char puente_openapi_end[];

namespace puente::serve {

Json openapi_json() {
  return parse_json({puente_openapi_begin, puente_openapi_end}, "openapi.json");
}

}  // namespace puente::serve
