// puente report: folders of results as one offline page, and its figures as files.
#include <memory>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/file_status.h"
#include "cli/command.h"
#include "figures/write_figures.h"
#include "pages/pages.h"
#include "results/document.h"
#include "results/report_file.h"

namespace puente::cli {
namespace {

struct ReportOptions {
  Common common;
  std::vector<std::string> folders;
  std::string out;
  std::string figures;
};

void run_report(const ReportOptions& o) {
  std::filesystem::path out = o.out;
  if (o.out.empty()) out = std::filesystem::path(o.folders.front()) / "report.html";
  const std::vector<std::filesystem::path> folders(o.folders.begin(), o.folders.end());
  const std::filesystem::path beside = out.has_parent_path() ? out.parent_path() : ".";
  const Json document = report_document(folders, beside);
  Json json = Json::object();
  std::string text;
  if (!o.figures.empty()) {
    const std::vector<FigureFile> figures = figures_of(document);
    write_figures(o.figures, figures);
    for (const FigureFile& figure : figures) json["figures"].push_back(figure.name);
    text = fmt::format("{}: {} figures\n", o.figures, figures.size());
  }
  // Figures need no page.
  if (o.figures.empty() || pages_are_built()) {
    write_report(out, document);
    json["report"] = out.string();
    json["bytes"] = file_bytes(out);
    text = fmt::format("{}: {:.1f} MB, open it in a browser; it needs no network\n", out.string(),
                       static_cast<double>(file_bytes(out)) / 1e6) +
           text;
  }
  show(o.common, json, [&] { return text; });
}

}  // namespace

void add_report(CLI::App& app, Run& run_command) {
  auto o = std::make_shared<ReportOptions>();
  CLI::App* command =
      app.add_subcommand("report", "Results as one page that opens offline, and as figures");
  command
      ->add_option("folders", o->folders,
                   "What puente wrote: of train, sweep, run, compare, evaluate, demo, ...; several "
                   "stand beside each other")
      ->type_name("DIR...")
      ->required();
  command->add_option("--out", o->out, "The page; report.html in the first folder if not given")
      ->type_name("FILE.html");
  command->add_option("--figures", o->figures, "Folder for the figures, as SVG files")
      ->type_name("DIR");
  add_common(*command, o->common);
  command->callback([o, &run_command] { run_command = [o] { run_report(*o); }; });
}

}  // namespace puente::cli
