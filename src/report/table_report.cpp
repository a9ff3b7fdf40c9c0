#include "report/table_report.h"

#include <algorithm>
#include <cmath>
#include <fmt/ranges.h>
#include <limits>
#include <vector>

#include "base/error.h"
#include "data/distinct_rows.h"
#include "data/labels.h"
#include "data/manifest.h"
#include "report/measures_report.h"
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

/// JSON has no NaN: what is not known is null there.
double number_or_nan(const Json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

std::string fixed_text(const Json& value, int decimals) {
  const double number = number_or_nan(value);
  return std::isnan(number) ? "-" : fmt::format("{:.{}f}", number, decimals);
}

}  // namespace

Json table_json(const EmbeddingTable& table, const TableMeasures& measures,
                const std::string& label, const std::string& group) {
  Json json = {{"table", table.source}, {"rows", table.rows()}};
  json["columns"] = Json::array();
  for (const Column& column : table.columns) json["columns"].push_back(column.name);
  const GapMeasures& gap = measures.gap;
  if (table.has_image()) {
    json["image"] =
        modality_json(table.image, gap.image_norm, gap.image_cosine, gap.image_variance);
  }
  if (table.has_text()) {
    json["text"] = modality_json(table.text, gap.text_norm, gap.text_cosine, gap.text_variance);
  }
  add_measures(json, measures);
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
  TextTable modalities({"", "width", "repeated rows", "mean norm", "mean cosine", "cone angle",
                        "variance", "effective rank"});
  for (const char* name : {"image", "text"}) {
    if (!json.contains(name)) continue;
    const Json& m = json[name];
    modalities.add({name, std::to_string(m["dim"].get<int64_t>()),
                    std::to_string(m["repeated_rows"].get<int64_t>()),
                    fmt::format("{:.4f}", m["mean_norm"].get<double>()),
                    score_text(number_or_nan(m["mean_pairwise_cosine"])),
                    fixed_text(m["cone_angle_degrees"], 1), small_text(m["variance"].get<double>()),
                    fixed_text(m["effective_rank"], 1)});
  }
  text += modalities.text();
  text += measures_text(json);
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
