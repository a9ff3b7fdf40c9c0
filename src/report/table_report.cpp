#include "report/table_report.h"

#include <algorithm>
#include <fmt/ranges.h>
#include <limits>
#include <vector>

#include "align/gap.h"
#include "base/error.h"
#include "data/distinct_rows.h"
#include "data/labels.h"
#include "data/manifest.h"
#include "report/text_table.h"

namespace puente {
namespace {

Json modality_json(const Matrix& vectors, double mean_norm, double mean_cosine, double variance) {
  return {{"dim", vectors.cols()},
          {"repeated_rows", vectors.rows() - distinct_rows(vectors).count()},
          {"mean_norm", mean_norm},
          {"mean_pairwise_cosine", mean_cosine},
          {"variance", variance}};
}

}  // namespace

Json table_json(const EmbeddingTable& table, const std::string& label, const std::string& group) {
  Json json = {{"table", table.source}, {"rows", table.rows()}};
  json["columns"] = Json::array();
  for (const Column& column : table.columns) json["columns"].push_back(column.name);
  const GapMeasures gap = measure_gap(table);
  if (table.has_image()) {
    json["image"] =
        modality_json(table.image, gap.image_norm, gap.image_cosine, gap.image_variance);
  }
  if (table.has_text()) {
    json["text"] = modality_json(table.text, gap.text_norm, gap.text_cosine, gap.text_variance);
  }
  if (table.has_image() && table.has_text() && table.image.cols() == table.text.cols()) {
    json["gap"] = {{"norm", gap.gap_norm},
                   {"mean_cosine_of_pairs", gap.paired_cosine},
                   {"mean_cosine_across", gap.cross_cosine}};
  }
  if (!label.empty()) {
    const Categories labels =
        categories_of(require_column(table.columns, label, "--label", table.source), table.source);
    const std::vector<int64_t> sizes = labels.sizes();
    for (size_t k = 0; k < sizes.size(); ++k) json["classes"][labels.names[k]] = sizes[k];
  }
  if (!group.empty()) {
    const Categories groups =
        categories_of(require_column(table.columns, group, "--group", table.source), table.source);
    const std::vector<int64_t> sizes = groups.sizes();
    json["groups"] = {{"count", groups.count()},
                      {"largest", *std::max_element(sizes.begin(), sizes.end())}};
  }
  return json;
}

std::string table_text(const Json& json) {
  std::string text =
      fmt::format("{}: {} rows\n\n", json["table"].get<std::string>(), json["rows"].get<int64_t>());
  TextTable modalities({"", "width", "repeated rows", "mean norm", "mean cosine", "variance"});
  for (const char* name : {"image", "text"}) {
    if (!json.contains(name)) continue;
    const Json& m = json[name];
    modalities.add(
        {name, std::to_string(m["dim"].get<int64_t>()),
         std::to_string(m["repeated_rows"].get<int64_t>()),
         fmt::format("{:.4f}", m["mean_norm"].get<double>()),
         score_text(m["mean_pairwise_cosine"].is_null() ? std::numeric_limits<double>::quiet_NaN()
                                                        : m["mean_pairwise_cosine"].get<double>()),
         fmt::format("{:#.3g}", m["variance"].get<double>())});
  }
  text += modalities.text();
  if (json.contains("gap")) {
    const Json& gap = json["gap"];
    text += fmt::format(
        "\nmodality gap (distance of the two means): {:.4f}\n"
        "mean cosine of an image with its own text: {:.4f}, with any text: {:.4f}\n",
        gap["norm"].get<double>(), gap["mean_cosine_of_pairs"].get<double>(),
        gap["mean_cosine_across"].get<double>());
  } else if (json.contains("image") && json.contains("text")) {
    text += "\nimage and text vectors differ in width, so there is no gap vector between them\n";
  }
  if (json.contains("classes")) {
    TextTable classes({"class", "rows"});
    for (const auto& [name, rows] : json["classes"].items()) {
      classes.add({name, std::to_string(rows.get<int64_t>())});
    }
    text += "\n" + classes.text();
  }
  if (json.contains("labels")) {
    TextTable labels({"label", "no", "yes", "unknown"});
    for (const auto& [name, answers] : json["labels"].items()) {
      std::vector<std::string> cells = {name};
      for (const auto& [answer, rows] : answers.items()) {
        cells.push_back(std::to_string(rows.get<int64_t>()));
      }
      labels.add(cells);
    }
    text += "\n" + labels.text();
  }
  if (json.contains("groups")) {
    text += fmt::format("\n{} groups, the largest with {} rows\n",
                        json["groups"]["count"].get<int64_t>(),
                        json["groups"]["largest"].get<int64_t>());
  }
  return text;
}

}  // namespace puente
