#include "report/geometry_report.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <system_error>
#include <vector>

#include "align/joint_geometry.h"
#include "base/atomic_file.h"
#include "base/base64.h"
#include "base/error.h"
#include "data/draw_rows.h"
#include "report/embed_report.h"

namespace puente {
namespace {

constexpr int64_t kMostRows = 20'000;
constexpr double kMostSteps = 32767;

static_assert(std::endian::native == std::endian::little);
template <class Number>
std::string base64_of(const std::vector<Number>& numbers) {
  return to_base64(std::as_bytes(std::span(numbers)));
}

double largest_of(const JointHalf& half) {
  double largest = 0;
  for (int64_t i = 0; i < half.components.size(); ++i) {
    largest = std::max(largest, std::abs(half.components.data()[i]));
  }
  for (double s : half.along_gap) largest = std::max(largest, std::abs(s));
  if (half.stretched) largest = std::max(largest, *std::ranges::max_element(half.squared_length));
  return largest;
}

std::string steps_of(std::span<const double> values, double scale) {
  std::vector<int16_t> steps;
  for (double value : values) steps.push_back(static_cast<int16_t>(std::lround(value / scale)));
  return base64_of(steps);
}

Json half_json(const JointHalf& half, double scale) {
  Json json = {
      {"components",
       steps_of({half.components.data(), static_cast<size_t>(half.components.size())}, scale)},
      {"along_gap", steps_of(half.along_gap, scale)}};
  if (half.stretched) json["squared_length"] = steps_of(half.squared_length, scale);
  return json;
}

Json answers_of(const std::string& column, const std::vector<std::string>& classes,
                const std::vector<int32_t>& of_row) {
  std::vector<uint16_t> numbers;
  for (int32_t k : of_row) {
    numbers.push_back(static_cast<uint16_t>(k >= 0 ? static_cast<size_t>(k) : classes.size()));
  }
  return {{"column", column}, {"classes", classes}, {"of_row", base64_of(numbers)}};
}

void add_labels(Json& json, const Dataset& dataset, std::span<const int32_t> rows) {
  json["label"] = answers_of(dataset.options.label, dataset.labels.names,
                             labels_at(dataset.labels.of_row, rows));
}

void add_labels(Json& json, const MultiLabelDataset& dataset, std::span<const int32_t> rows) {
  json["label"] = nullptr;
  json["other_labels"] = Json::array();
  for (int64_t l = 0; l < dataset.labels.count(); ++l) {
    std::vector<int32_t> of_row;
    for (int32_t row : rows) of_row.push_back(dataset.labels.at(row, l));
    Json own =
        answers_of(dataset.labels.names[static_cast<size_t>(l)], dataset.labels.classes(l), of_row);
    (l == 0 ? json["label"] : json["other_labels"].emplace_back()) = std::move(own);
  }
}

std::string parts_of(std::span<const NamedSplit> splits, std::span<const int32_t> rows,
                     int64_t all) {
  constexpr uint8_t kNone = 3;
  std::vector<uint8_t> part(static_cast<size_t>(all), kNone);
  if (splits.size() == 1) {
    const Split& split = splits.front().split;
    for (int32_t row : split.train) part[static_cast<size_t>(row)] = 0;
    for (int32_t row : split.validation) part[static_cast<size_t>(row)] = 1;
    for (int32_t row : split.test) part[static_cast<size_t>(row)] = 2;
  }
  std::vector<uint8_t> chosen;
  for (int32_t row : rows) chosen.push_back(part[static_cast<size_t>(row)]);
  return base64_of(chosen);
}

/// Where the pictures are, and the column that names them, as the tables' reports say.
struct Pictures {
  Json folder;  // null: nobody knows
  const Column* names = nullptr;
};

Pictures pictures_of(const EmbeddingTable& table, std::span<const std::string> tables) {
  Pictures pictures;
  for (const Json& report : embed_reports(tables)) {
    if (!report.is_object() || !report.contains("images")) continue;
    if (report["images"].is_string()) pictures.folder = report["images"];
    if (report.contains("image_column") && report["image_column"].is_string()) {
      const auto column = report["image_column"].get<std::string>();
      pictures.names = table.find(column.substr(0, column.find(',')));  // of several the first
    }
    break;
  }
  for (const char* name : {"image", "image_id", "id"}) {
    if (pictures.names == nullptr) pictures.names = table.find(name);
  }
  return pictures;
}

std::string name_of_row(const GroupedTable& dataset, const Pictures& pictures, int32_t row) {
  const auto i = static_cast<size_t>(row);
  if (pictures.names != nullptr && !pictures.names->values[i].empty()) {
    return pictures.names->values[i];
  }
  return fmt::format("row {}", dataset.table_row[i] + 1);
}

template <class AnyDataset>
Json geometry_json(const AnyDataset& dataset, std::span<const NamedSplit> splits, bool fits_all,
                   std::span<const std::string> tables) {
  const std::vector<int32_t> rows = draw_rows(dataset.rows(), kMostRows);
  const auto geometry =
      fits_all
          ? joint_geometry(dataset.table, first_numbers(static_cast<size_t>(dataset.rows())), rows)
          : joint_geometry(dataset.table, splits.front().split.train, rows);
  if (!geometry) return nullptr;
  const double largest = std::max(largest_of(geometry->image), largest_of(geometry->text));
  const double scale = largest > 0 ? largest / kMostSteps : 1;
  Json json = {{"format", "puente geometry"}, {"version", 1}, {"rows", rows.size()}};
  json["sampled_of"] = std::ssize(rows) < dataset.rows() ? Json(dataset.rows()) : Json(nullptr);
  json["fitted_on"] = fits_all ? "all rows" : "training rows";
  json["fitted_rows"] = geometry->fitted_rows;
  json["dimension"] = geometry->dimension;
  json["variance_share"] = geometry->variance_share;
  json["center"] = geometry->center;
  json["gap"] = {{"components", geometry->gap},
                 {"squared", geometry->gap_squared},
                 {"norm", std::sqrt(geometry->gap_squared)}};
  json["scale"] = scale;
  json["image"] = half_json(geometry->image, scale);
  json["text"] = half_json(geometry->text, scale);
  add_labels(json, dataset, rows);
  json["part"] = parts_of(splits, rows, dataset.rows());
  const Pictures pictures = pictures_of(dataset.table, tables);
  json["name"] = Json::array();
  for (int32_t row : rows) json["name"].push_back(name_of_row(dataset, pictures, row));
  json["images"] = pictures.folder;
  json["gap_after"] = Json::array();
  for (const ShiftedGap& shifted : geometry->shifted) {
    json["gap_after"].push_back({shifted.lambda, shifted.norm, shifted.paired_cosine});
  }
  return json;
}

template <class AnyDataset>
void write_file_of(const std::filesystem::path& folder, const AnyDataset& dataset,
                   std::span<const NamedSplit> splits, Protocol protocol,
                   std::span<const std::string> tables) {
  const bool fits_all = splits.size() != 1 || protocol == Protocol::paper;
  const Json json = geometry_json(dataset, splits, fits_all, tables);
  const std::filesystem::path file = folder / "geometry.json";
  if (json.is_null()) {
    std::error_code none;
    std::filesystem::remove(file, none);  // of an earlier training
    return;
  }
  write_file(file, json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::vector<double> from_steps(const Json& half, const char* key, double scale, size_t count) {
  const auto bytes = from_base64(half.at(key).get_ref<const std::string&>());
  if (!bytes || bytes->size() != 2 * count) {
    fail("a geometry's '{}' does not hold {} numbers of 16 bits in base64", key, count);
  }
  std::vector<int16_t> steps(count);
  std::memcpy(steps.data(), bytes->data(), bytes->size());
  std::vector<double> values;
  for (const int16_t step : steps) values.push_back(step * scale);
  return values;
}

JointHalf half_of(const Json& json, double scale, size_t rows) {
  JointHalf half;
  const std::vector<double> components = from_steps(json, "components", scale, 3 * rows);
  half.components = BasicMatrix<double>(static_cast<int64_t>(rows), kJointAxes);
  std::ranges::copy(components, half.components.data());
  half.along_gap = from_steps(json, "along_gap", scale, rows);
  half.stretched = json.contains("squared_length");
  if (half.stretched) {
    half.squared_length = from_steps(json, "squared_length", scale, rows);
    return half;
  }
  for (size_t i = 0; i < rows; ++i) {
    const auto own = half.components.row_span(static_cast<int64_t>(i));
    const bool is_zero =
        half.along_gap[i] == 0 && std::ranges::all_of(own, [](double x) { return x == 0; });
    half.squared_length.push_back(is_zero ? 0 : 1);
  }
  return half;
}

}  // namespace

JointGeometry read_geometry(const Json& json) {
  JointGeometry geometry;
  const auto rows = json.at("rows").get<size_t>();
  const auto scale = json.at("scale").get<double>();
  geometry.dimension = json.at("dimension").get<int64_t>();
  geometry.fitted_rows = json.at("fitted_rows").get<int64_t>();
  for (size_t k = 0; k < 3; ++k) {
    const Json& share = json.at("variance_share").at(k);
    geometry.variance_share[k] = share.is_number() ? share.get<double>() : NAN;
    geometry.center[k] = json.at("center").at(k).get<double>();
    geometry.gap[k] = json.at("gap").at("components").at(k).get<double>();
  }
  geometry.gap_squared = json.at("gap").at("squared").get<double>();
  geometry.image = half_of(json.at("image"), scale, rows);
  geometry.text = half_of(json.at("text"), scale, rows);
  for (const Json& one : json.at("gap_after")) {
    geometry.shifted.push_back(
        {one.at(0).get<double>(), one.at(1).get<double>(), one.at(2).get<double>()});
  }
  return geometry;
}

void write_geometry(const std::filesystem::path& folder, const Dataset& dataset,
                    std::span<const NamedSplit> splits, Protocol protocol,
                    std::span<const std::string> tables) {
  write_file_of(folder, dataset, splits, protocol, tables);
}

void write_geometry(const std::filesystem::path& folder, const MultiLabelDataset& dataset,
                    std::span<const NamedSplit> splits, Protocol protocol,
                    std::span<const std::string> tables) {
  write_file_of(folder, dataset, splits, protocol, tables);
}

}  // namespace puente
