#include "report/prediction_file.h"

#include <utility>

#include "formats/csv.h"

namespace puente {
namespace {

void add_answer_columns(const Dataset& dataset, std::vector<std::string>& names) {
  names.insert(names.end(), {"true_class", "predicted_class"});
  for (const std::string& name : dataset.labels.names) names.push_back("probability_" + name);
}

void add_answer_columns(const MultiLabelDataset& dataset, std::vector<std::string>& names) {
  for (const std::string& label : dataset.labels.names) {
    for (const char* what : {"true_", "predicted_", "probability_"}) names.push_back(what + label);
  }
}

void add_answers(const Dataset& dataset, int32_t row, std::span<const float> probabilities,
                 std::vector<std::string>& fields) {
  const std::vector<std::string>& names = dataset.labels.names;
  fields.push_back(names[static_cast<size_t>(dataset.labels.of_row[static_cast<size_t>(row)])]);
  fields.push_back(names[static_cast<size_t>(predicted_class(probabilities))]);
  for (const float value : probabilities) append_float(fields.emplace_back(), value);
}

void add_answers(const MultiLabelDataset& dataset, int32_t row,
                 std::span<const float> probabilities, std::vector<std::string>& fields) {
  const LabelSet& labels = dataset.labels;
  for (int64_t l = 0; l < labels.count(); ++l) {
    const auto& values = labels.values[static_cast<size_t>(l)];
    const std::span<const float> own = probabilities.subspan(static_cast<size_t>(2 * l), 2);
    const int32_t truth = labels.at(row, l);
    fields.push_back(truth == kNoAnswer ? "" : values[static_cast<size_t>(truth)]);
    fields.push_back(values[static_cast<size_t>(predicted_class(own))]);
    append_float(fields.emplace_back(), own[1]);
  }
}

}  // namespace

template <class Target>
BasicPredictionFile<Target>::BasicPredictionFile(const std::filesystem::path& path,
                                                 const Dataset& dataset,
                                                 std::vector<std::string> lead)
    : dataset_(dataset), file_(path) {
  std::vector<std::string> names = std::move(lead);
  names.emplace_back("row");
  for (const Column& column : dataset.table.columns) names.push_back(column.name);
  add_answer_columns(dataset, names);
  append_csv_row(lines_, names);
}

template <class Target>
void BasicPredictionFile<Target>::add(std::span<const int32_t> rows,
                                      const typename Target::Predictions& predictions) {
  for (size_t i = 0; i < rows.size(); ++i) {
    add(rows[i], predictions.probabilities.row_span(static_cast<int64_t>(i)));
  }
}

template <class Target>
void BasicPredictionFile<Target>::add(int32_t row, std::span<const float> probabilities,
                                      std::vector<std::string> lead) {
  const auto r = static_cast<size_t>(row);
  std::vector<std::string> fields = std::move(lead);
  fields.push_back(std::to_string(dataset_.table_row[r] + 1));
  for (const Column& column : dataset_.table.columns) fields.push_back(column.values[r]);
  add_answers(dataset_, row, probabilities, fields);
  append_csv_row(lines_, fields);
  file_.write(lines_);
  lines_.clear();
}

template <class Target>
void BasicPredictionFile<Target>::commit() {
  file_.write(lines_);
  file_.commit();
}

template class BasicPredictionFile<SingleLabel>;
template class BasicPredictionFile<MultiLabel>;

}  // namespace puente
