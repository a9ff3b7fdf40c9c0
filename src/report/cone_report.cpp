#include "report/cone_report.h"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>
#include <vector>

#include "report/embed_report.h"
#include "report/text_table.h"

namespace puente {
namespace {

Json data_json(const DataCone& data) {
  Json json = {{"inputs", data.inputs}, {"layers", Json::array()}};
  for (size_t i = 0; i < data.layers.size(); ++i) {
    const LayerCone& layer = data.layers[i];
    Json one = {{"layer", i + 1 == data.layers.size() ? Json("vector") : Json(i)},
                {"loaded_cosine", layer.loaded_cosine},
                {"loaded_variance", layer.loaded_variance}};
    if (!layer.random_cosines.empty()) {
      one["random_cosines"] = layer.random_cosines;
      one["random_variance"] = {{"total", layer.variance.total},
                                {"from_weights", layer.variance.from_weights},
                                {"from_data", layer.variance.from_data}};
    }
    json["layers"].push_back(std::move(one));
  }
  return json;
}

Json half_json(const HalfCone& half) {
  Json json = {{"position", half.position}, {"own", data_json(half.own)}};
  if (half.general) json["general"] = data_json(*half.general);
  return json;
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::string data_table(const DataCone& data) {
  const bool random = !data.layers.back().random_cosines.empty();
  std::vector<std::string> header = {"layer", "cosine, loaded"};
  if (random) {
    header.insert(header.end(), {"random", "lowest", "highest", "from weights", "from data"});
  }
  TextTable table(header);
  for (size_t i = 0; i < data.layers.size(); ++i) {
    const LayerCone& layer = data.layers[i];
    std::vector<std::string> row = {i + 1 == data.layers.size() ? "vector" : std::to_string(i),
                                    score_text(layer.loaded_cosine)};
    if (random) {
      const auto [lowest, highest] =
          std::minmax_element(layer.random_cosines.begin(), layer.random_cosines.end());
      row.insert(row.end(), {score_text(mean_of(layer.random_cosines)), score_text(*lowest),
                             score_text(*highest), small_text(layer.variance.from_weights),
                             small_text(layer.variance.from_data)});
    }
    table.add(std::move(row));
  }
  return table.text();
}

std::string compared(double own, double general) {
  return fmt::format("{} {} {}", small_text(own),
                     own < general   ? "<"
                     : own > general ? ">"
                                     : "=",
                     small_text(general));
}

std::string general_text(const DataCone& own, const DataCone& general) {
  const LayerCone& a = own.layers.back();
  const LayerCone& b = general.layers.back();
  std::string text = fmt::format(
      "variance of the vectors, own images and general ones: {} with the loaded weights",
      compared(a.loaded_variance, b.loaded_variance));
  if (!a.random_cosines.empty()) {
    text += fmt::format(", {} over the random encoders, of which from the data {}",
                        compared(a.variance.total, b.variance.total),
                        compared(a.variance.from_data, b.variance.from_data));
  }
  return text + "\n";
}

std::string half_text(const HalfCone& half, const char* inputs, const ConeContext& context) {
  std::string text = fmt::format("\n{} different {}, the {} after every layer\n", half.own.inputs,
                                 inputs, half.position);
  text += data_table(half.own);
  if (!half.general) return text;
  text += fmt::format("\n{} different {} of {}\n", half.general->inputs, inputs, context.general);
  return text + data_table(*half.general) + general_text(half.own, *half.general);
}

}  // namespace

Json cone_json(const ConeContext& context, const ConeStudy& study) {
  Json json = {{"encoder", context.encoder}, {"architecture", study.architecture}};
  if (study.untrained) json["untrained"] = true;
  json["manifest"] = context.manifest;
  json["rows"] = study.rows;
  json["rows_there"] = study.rows_there;
  if (!context.general.empty()) json["general"] = context.general;
  json["random_seeds"] = study.seeds;
  if (study.image) json["image"] = half_json(*study.image);
  if (study.text) json["text"] = half_json(*study.text);
  return json;
}

std::string cone_text(const ConeContext& context, const ConeStudy& study) {
  std::string text;
  if (study.untrained) text += fmt::format("{}\n", kUntrainedCaution);
  text += fmt::format("{}: {} of the {} rows of {}", context.encoder, study.rows, study.rows_there,
                      context.manifest);
  if (!study.seeds.empty()) {
    text += fmt::format("; {} encoder{} with random weights (seed{} {}{})", study.seeds.size(),
                        study.seeds.size() == 1 ? "" : "s", study.seeds.size() == 1 ? "" : "s",
                        study.seeds.front(),
                        study.seeds.size() == 1 ? "" : fmt::format(" to {}", study.seeds.back()));
  }
  text += "\n";
  if (study.image) text += half_text(*study.image, "images", context);
  if (study.text) text += half_text(*study.text, "texts", context);
  text += "\ncosine: mean over all pairs; layer 0 is what enters the first";
  if (!study.seeds.empty()) {
    text += "\nfrom weights, from data: variance of unit vectors over the random encoders";
  }
  return text + "\n";
}

}  // namespace puente
