#include "report/prediction_file.h"

#include <utility>

#include "formats/csv.h"

namespace puente {

PredictionFile::PredictionFile(const std::filesystem::path& path, const Dataset& dataset,
                               std::vector<std::string> lead)
    : dataset_(dataset), file_(path) {
  std::vector<std::string> names = std::move(lead);
  names.emplace_back("row");
  for (const Column& column : dataset.table.columns) names.push_back(column.name);
  names.insert(names.end(), {"true_class", "predicted_class"});
  for (const std::string& name : dataset.labels.names) names.push_back("probability_" + name);
  append_csv_row(lines_, names);
}

void PredictionFile::add(std::span<const int32_t> rows, const Predictions& predictions) {
  for (size_t i = 0; i < rows.size(); ++i) {
    add(rows[i], predictions.probabilities.row_span(static_cast<int64_t>(i)));
  }
}

void PredictionFile::add(int32_t row, std::span<const float> probabilities,
                         std::vector<std::string> lead) {
  const auto r = static_cast<size_t>(row);
  const std::vector<std::string>& names = dataset_.labels.names;
  std::vector<std::string> fields = std::move(lead);
  fields.push_back(std::to_string(dataset_.table_row[r] + 1));
  for (const Column& column : dataset_.table.columns) fields.push_back(column.values[r]);
  fields.push_back(names[static_cast<size_t>(dataset_.labels.of_row[r])]);
  fields.push_back(names[static_cast<size_t>(predicted_class(probabilities))]);
  for (const float value : probabilities) append_float(fields.emplace_back(), value);
  append_csv_row(lines_, fields);
  file_.write(lines_);
  lines_.clear();
}

void PredictionFile::commit() {
  file_.write(lines_);
  file_.commit();
}

}  // namespace puente
