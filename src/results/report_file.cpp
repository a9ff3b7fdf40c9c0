#include "results/report_file.h"

#include "base/atomic_file.h"
#include "base/error.h"
#include "pages/pages.h"

namespace puente {

void write_report(const std::filesystem::path& file, const Json& document) {
  if (!pages_are_built()) {
    fail(
        "this puente was built without the report's page; install Node.js (Debian: apt install "
        "nodejs npm) and run scripts/build again");
  }
  // What is not UTF-8 in a file's name must not keep the report from being written.
  write_file(file, report_page_with(document.dump(-1, ' ', false, Json::error_handler_t::replace)));
}

}  // namespace puente
