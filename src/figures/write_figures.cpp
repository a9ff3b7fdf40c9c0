#include "figures/write_figures.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <optional>
#include <set>

#include "base/atomic_file.h"
#include "base/error.h"
#include "figures/confusion_figure.h"
#include "figures/curve_figures.h"
#include "figures/gap_figures.h"
#include "figures/lambda_figure.h"
#include "figures/training_figures.h"
#include "report/geometry_report.h"
#include "results/json_parts.h"

namespace puente {
namespace {

/// Of letters, digits, '.', '_' and '-' alone.
std::string file_word(const std::string& text) {
  std::string word;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '_' || c == '-';
    if (plain) {
      word += c;
    } else if (!word.ends_with('-')) {
      word += '-';
    }
  }
  while (word.ends_with('-') || word.ends_with('.')) word.pop_back();
  while (word.starts_with('.') || word.starts_with('-')) word.erase(0, 1);
  return word.empty() ? "part" : word.substr(0, 120);
}

class FigureWriter {
 public:
  explicit FigureWriter(const Json& document) : document_(document) {}

  std::vector<FigureFile> figures() {
    gap_figures();
    const Json& results = list_at(document_, "results");
    for (const Json& result : results) {
      for (const Json& part : list_at(result, "parts")) {
        std::string name = part.value("name", "");
        if (results.size() > 1) name = result.value("name", "") + ": " + name;
        add_part(part, name);
      }
    }
    return std::move(files_);
  }

 private:
  void add(const std::string& name, std::string svg) {
    std::string file = name + ".svg";
    for (int i = 2; !names_.insert(file).second; ++i) file = fmt::format("{}-{}.svg", name, i);
    files_.push_back({file, std::move(svg)});
  }

  /// The lambda of the best training that was shifted; nothing where none was.
  static std::optional<double> lambda_used(const Json& result) {
    for (const Json& part : list_at(result, "parts")) {
      const std::string align = object_at(part, "metrics").value("align", "");
      const size_t colon = align.rfind(':');
      if (!align.starts_with("shift") || colon == std::string::npos) continue;
      if (align.find('+') != std::string::npos) continue;
      const double lambda = std::strtod(align.c_str() + colon + 1, nullptr);
      if (lambda != 0 && lambda != 1 && std::isfinite(lambda)) return lambda;
    }
    return std::nullopt;
  }

  void gap_figures() {
    struct Shown {
      std::string name;
      JointGeometry geometry;
      std::optional<double> used;
    };
    std::vector<Shown> shown;
    for (const Json& result : list_at(document_, "results")) {
      for (const Json& part : list_at(result, "parts")) {
        if (!part.contains("geometry")) continue;
        shown.push_back(
            {result.value("name", ""), read_geometry(part.at("geometry")), lambda_used(result)});
        break;
      }
    }
    if (shown.empty()) return;
    // The middle panel is there where every row has one.
    const bool with_used = std::ranges::all_of(shown, [](const Shown& s) { return !!s.used; });
    std::vector<GapPanels> rows;
    for (const Shown& one : shown) {
      std::vector<double> lambdas = {0, 1};
      if (with_used) lambdas.insert(lambdas.begin() + 1, *one.used);
      rows.push_back({one.name, one.geometry, lambdas});
    }
    add("figure2-circle", circle_figure(rows));
    add("figure3-sphere", sphere_figure(rows));
  }

  void add_part(const Json& part, const std::string& name) {
    const Json& metrics = object_at(part, "metrics");
    const std::string kind = part.value("kind", ""), file = file_word(name);
    if (kind == "sweep") {
      for (const std::string& method : swept_methods(metrics)) {
        add(file + "-lambda-" + file_word(method), lambda_figure(metrics, method, name));
      }
      return;
    }
    add_test(object_at(metrics, "test"), object_at(metrics, "task"), file, name);
    if (part.contains("curves") && !list_at(part.at("curves"), "classes").empty()) {
      add(file + "-roc", roc_figure(part.at("curves"), name));
      add(file + "-precision-recall", precision_recall_figure(part.at("curves"), name));
    }
    add_reliability(object_at(metrics, "assessment"), file, name);
    if (list_at(metrics, "epochs").size() > 0 &&
        metrics.at("epochs").at(0).contains("train_loss")) {
      add(file + "-epochs", training_figure(metrics, name));
    }
    if (!list_at(metrics, "learning_curve").empty()) {
      add(file + "-learning-curve", learning_curve_figure(metrics, name));
    }
  }

  void add_test(const Json& test, const Json& task, const std::string& file,
                const std::string& name) {
    std::vector<std::string> classes;
    for (const Json& c : list_at(task, "classes")) classes.push_back(c.get<std::string>());
    // Of several repeats of a cross-validation the first.
    const Json& repeats = list_at(test, "repeats");
    const Json& one = repeats.empty() ? test : repeats.at(0);
    if (list_at(one, "confusion").size() == classes.size() && !classes.empty()) {
      add(file + "-confusion", confusion_figure(one.at("confusion"), classes, name));
    }
    for (const Json& label : list_at(task, "labels")) {
      const std::string column = label.value("label", "");
      const Json& own = object_at(object_at(test, "labels"), column);
      if (list_at(own, "confusion").size() != 2) continue;
      add(file + "-confusion-" + file_word(column),
          confusion_figure(own.at("confusion"), {label.value("no", ""), label.value("yes", "")},
                           name + ", " + column));
    }
  }

  void add_reliability(const Json& assessment, const std::string& file, const std::string& name) {
    if (assessment.contains("calibration")) {
      add(file + "-reliability", reliability_figure(assessment, name));
    }
    for (const auto& [label, own] : object_at(assessment, "labels").items()) {
      if (!own.contains("calibration")) continue;
      add(file + "-reliability-" + file_word(label), reliability_figure(own, name + ", " + label));
    }
  }

  const Json& document_;
  std::vector<FigureFile> files_;
  std::set<std::string> names_;
};

}  // namespace

std::vector<FigureFile> figures_of(const Json& document) {
  try {
    return FigureWriter(document).figures();
  } catch (const Json::exception& error) {
    fail("the figures: a file of the results is JSON, but not as puente writes it: {}",
         error.what());
  }
}

void write_figures(const std::filesystem::path& folder, const std::vector<FigureFile>& figures) {
  make_output_folder(folder);
  for (const FigureFile& figure : figures) write_file(folder / figure.name, figure.svg);
}

}  // namespace puente
