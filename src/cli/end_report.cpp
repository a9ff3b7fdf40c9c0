#include "cli/end_report.h"

#include <fmt/format.h>

#include "base/error.h"
#include "results/document.h"
#include "results/report_file.h"

namespace puente::cli {

std::string write_end_report(const std::filesystem::path& folder, Progress& progress) {
  const std::filesystem::path file = folder / "report.html";
  try {
    write_report(file, report_document({folder}, folder));
  } catch (const UserError& error) {
    progress.note(fmt::format("no {}: {}", file.string(), error.what()));
    return "";
  } catch (const std::filesystem::filesystem_error& error) {
    progress.note(fmt::format("no {}: {}: {}", file.string(), error.path1().string(),
                              error.code().message()));
    return "";
  }
  return fmt::format("to look at: {}, in a browser\n", file.string());
}

}  // namespace puente::cli
