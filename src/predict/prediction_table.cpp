#include "predict/prediction_table.h"

#include "base/atomic_file.h"
#include "eval/metrics.h"
#include "formats/csv.h"

namespace puente {
namespace {

std::vector<std::string> header_of(const std::vector<Bundle>& labels, const EmbeddingTable& table) {
  std::vector<std::string> names{"row"};
  for (const Column& column : table.columns) names.push_back(column.name);
  if (labels.size() == 1) {
    names.emplace_back("predicted_class");
    for (const std::string& name : labels.front().classes) names.push_back("probability_" + name);
    return names;
  }
  for (const Bundle& bundle : labels) {
    names.push_back("predicted_" + bundle.label);
    names.push_back("probability_" + bundle.label);
  }
  return names;
}

}  // namespace

void write_prediction_table(const std::filesystem::path& path, const std::vector<Bundle>& labels,
                            const EmbeddingTable& table,
                            const std::vector<LabelProbabilities>& answers) {
  AtomicFile file(path);
  write_csv_row(file, header_of(labels, table));
  for (int64_t row = 0; row < table.rows(); ++row) {
    std::vector<std::string> fields{std::to_string(row + 1)};
    for (const Column& column : table.columns) {
      fields.push_back(column.values[static_cast<size_t>(row)]);
    }
    for (size_t l = 0; l < labels.size(); ++l) {
      const int32_t predicted = predicted_class(answers[l].raw.row_span(row));
      const std::span<const float> values = answers[l].calibrated.row_span(row);
      fields.push_back(labels[l].classes[static_cast<size_t>(predicted)]);
      if (labels.size() == 1) {
        for (const float value : values) append_float(fields.emplace_back(), value);
      } else {
        append_float(fields.emplace_back(), values[1]);
      }
    }
    write_csv_row(file, fields);
  }
  file.commit();
}

}  // namespace puente
