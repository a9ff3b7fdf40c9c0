#include "results/commands.h"

#include <algorithm>
#include <fmt/format.h>

#include "base/file_status.h"
#include "base/shell_words.h"
#include "results/json_parts.h"

namespace puente {
namespace {

using ShellWords = std::vector<std::string>;

void add_option(ShellWords& words, const std::string& option, const Json& value) {
  if (value.is_null()) return;
  if (value.is_string() && value.get_ref<const std::string&>().empty()) return;
  words.push_back(option);
  words.push_back(value.is_string() ? value.get<std::string>() : value.dump());
}

std::string embed_command(const Json& report) {
  ShellWords words = {"puente", "embed"};
  if (report.contains("manifest"))
    add_option(words, "--manifest", report.at("manifest").at("file"));
  add_option(words, "--images", report.value("images", Json()));
  add_option(words, "--image-column", report.value("image_column", Json()));
  const auto folder = [&](const char* half) {
    return report.contains(half) ? report.at(half).value("folder", Json()) : Json();
  };
  const Json image = folder("image_encoder"), text = folder("text_encoder");
  if (image == text) {
    add_option(words, "--encoder", image);
  } else {
    add_option(words, "--image-encoder", image);
    add_option(words, "--text-encoder", text);
  }
  add_option(words, "--prompt", report.value("prompt", Json()));
  add_option(words, "--text-column", report.value("text_column", Json()));
  if (report.contains("precision")) {
    const Json& p = report.at("precision");
    const Json precision = p.contains("text") ? p.at("text") : p.value("image", Json());
    if (precision != "fp32") add_option(words, "--precision", precision);
  }
  return shell_words(words);
}

void add_data(ShellWords& words, const Json& metrics) {
  for (const Json& table : list_at(metrics, "tables")) {
    words.push_back(table.value("table", ""));
  }
  add_option(words, "--label", metrics.at("task").value("label", Json()));
  const Json group = metrics.value("group", Json());
  if (group.is_null()) {
    words.push_back("--no-group");
  } else {
    add_option(words, "--group", group);
  }
}

std::string joined_names(const Json& list) {
  std::string text;
  for (const Json& name : list) text += (text.empty() ? "" : ",") + name.get<std::string>();
  return text;
}

void add_training(ShellWords& words, const Json& metrics) {
  const Json& task = metrics.at("task");
  if (task.contains("order")) add_option(words, "--ordinal", joined_names(task.at("order")));
  add_option(words, "--protocol", metrics.value("protocol", Json()));
  if (metrics.value("min_groups", 0) > 0)
    add_option(words, "--min-groups", metrics.at("min_groups"));
  if (metrics.contains("split") && metrics.value("protocol", "") != "paper") {
    const bool folds = metrics.at("split").contains("inner_folds");
    add_option(words, "--choose", folds ? "folds" : "validation");
  }
  const Json& options = object_at(metrics, "options");
  add_option(words, "--epochs", options.value("epochs", Json()));
  if (options.value("split_seed", 0) != 0)
    add_option(words, "--split-seed", options.at("split_seed"));
  if (options.value("seed", 0) != 0) add_option(words, "--seed", options.at("seed"));
}

void add_subgroup_columns(ShellWords& words, const Json& metrics) {
  std::string columns;
  // Of several labels, those of the first: all have the same.
  const Json& assessment = object_at(metrics, "assessment");
  const Json& labels = object_at(assessment, "labels");
  for (const Json& one : list_at(labels.empty() ? assessment : *labels.begin(), "subgroups")) {
    columns += (columns.empty() ? "" : ",") + one.value("column", "");
  }
  add_option(words, "--subgroups", columns);
}

void add_wishes(ShellWords& words, const Json& metrics) {
  for (const char* wish : {"sensitivity", "specificity"}) {
    for (const Json& point : list_at(object_at(metrics, "assessment"), "operating_points")) {
      const Json& wished = object_at(point, "wished");
      if (!wished.contains(wish)) continue;
      add_option(words, std::string("--") + wish, wished.at(wish));
      break;
    }
  }
}

/// A table has a half that was not trained on: no command does that (`demo` does).
bool leaves_a_half_out(const Json& metrics) {
  for (const Json& table : list_at(metrics, "tables")) {
    for (const char* dim : {"image_dim", "text_dim"}) {
      const bool there = object_at(table, "embedding").value(dim, int64_t{0}) > 0;
      if (there && object_at(metrics, "fusion").value(dim, int64_t{1}) == 0) return true;
    }
  }
  return false;
}

std::string command_of(const FoundResult& result) {
  const Json& m = result.metrics;
  if (!m.contains("task") || leaves_a_half_out(m)) return "";
  ShellWords words = {"puente"};
  switch (result.kind) {
    case ResultKind::train:
    case ResultKind::cross_validation:
      words.push_back("train");
      add_data(words, m);
      add_option(words, "--fusion", m.at("fusion").value("kind", Json()));
      add_option(words, "--align", m.value("align", Json()));
      add_training(words, m);
      add_subgroup_columns(words, m);
      add_wishes(words, m);
      break;
    case ResultKind::sweep: {
      words.push_back("sweep");
      add_data(words, m);
      const Json& sweep = m.at("sweep");
      add_option(words, "--align", joined_names(sweep.at("methods")));
      std::string lambdas;
      for (const Json& lambda : sweep.at("lambdas")) {
        lambdas += (lambdas.empty() ? "" : ",") + fmt::format("{:g}", lambda.get<double>());
      }
      words.push_back("--lambda=" + lambdas);
      add_option(words, "--fusion", joined_names(sweep.at("fusions")));
      add_option(words, "--seeds", sweep.value("seeds", Json()));
      add_training(words, m);
      break;
    }
    case ResultKind::baselines:
      words.push_back("baselines");
      add_data(words, m);
      add_option(words, "--fusion", m.value("fusion", Json()));
      add_option(words, "--align", m.value("align", Json()));
      if (m.contains("tabular")) add_option(words, "--tabular", joined_names(m.at("tabular")));
      if (m.contains("learning_curve") && !m.at("learning_curve").empty())
        words.push_back("--curve");
      add_training(words, m);
      break;
    case ResultKind::evaluate:
      words.insert(words.end(), {"evaluate", m.at("bundle").value("folder", "")});
      add_data(words, m);
      add_subgroup_columns(words, m);
      break;
    default:
      return "";
  }
  add_option(words, "--out", result.folder.string());
  return shell_words(words);
}

/// run.json's, whatever of it can be read.
std::vector<std::string> commands_of_book(const std::filesystem::path& file) {
  std::vector<std::string> lines;
  const Json book = read_json(file);
  if (!book.is_object() || !book.contains("steps") || !book.at("steps").is_object()) return lines;
  for (const auto& [name, step] : book.at("steps").items()) {
    if (!step.is_object() || !step.contains("command") || !step.at("command").is_array()) continue;
    ShellWords words = {"puente"};
    for (const Json& word : step.at("command")) {
      if (word.is_string()) words.push_back(word.get<std::string>());
    }
    lines.push_back(shell_words(words));
  }
  return lines;
}

void add_line(std::vector<std::string>& lines, std::string line) {
  if (!line.empty() && std::ranges::find(lines, line) == lines.end()) {
    lines.push_back(std::move(line));
  }
}

}  // namespace

std::vector<std::string> commands_again(const std::filesystem::path& folder,
                                        const std::vector<FoundResult>& found) {
  if (const auto book = folder / "run.json"; file_exists(book)) {
    std::vector<std::string> lines = commands_of_book(book);
    if (!lines.empty()) return lines;
  }
  std::vector<std::string> lines;
  for (const FoundResult& result : found) {
    const Json none = Json::array();
    const Json& metrics = result.metrics;
    for (const Json& table : metrics.is_object() ? metrics.value("tables", none) : none) {
      if (!table.contains("embedding")) continue;
      add_line(lines, embed_command(table.at("embedding")) + " --out " +
                          shell_words({table.value("table", "")}));
    }
  }
  if (lines.empty()) {  // nothing was trained on the tables
    for (const FoundResult& result : found) {
      if (result.kind != ResultKind::embed) continue;
      std::string table = result.file.string();
      table.resize(table.size() - std::string_view(".embed.json").size());
      add_line(lines, embed_command(result.metrics) + " --out " + shell_words({table + ".csv"}));
    }
  }
  for (const FoundResult& result : found) add_line(lines, command_of(result));
  return lines;
}

}  // namespace puente
