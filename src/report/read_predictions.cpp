#include "report/read_predictions.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/error.h"
#include "formats/csv.h"

namespace puente {
namespace {

constexpr std::string_view kProbability = "probability_";

/// The table's own columns come first and may have any name: the last of that name is ours.
size_t last_column(const CsvReader& reader, const std::string& name) {
  const auto found = std::find(reader.header().rbegin(), reader.header().rend(), name);
  if (found == reader.header().rend()) fail("{}: no column '{}'", reader.source(), name);
  return static_cast<size_t>(reader.header().rend() - found) - 1;
}

size_t group_column(const CsvReader& reader, const std::string& name, size_t answers) {
  // Column 0 is the number of the row, and not the table's.
  const auto end = reader.header().begin() + static_cast<std::ptrdiff_t>(answers);
  const auto found = std::find(reader.header().begin() + 1, end, name);
  if (found == end) fail("{}: no column '{}' of groups", reader.source(), name);
  return static_cast<size_t>(found - reader.header().begin());
}

}  // namespace

SavedPredictions read_predictions(const std::filesystem::path& path, const std::string& group) {
  CsvReader reader(path);
  SavedPredictions saved;
  const size_t truth = last_column(reader, "true_class"), first = truth + 2;
  for (size_t c = first; c < reader.header().size(); ++c) {
    const std::string& name = reader.header()[c];
    if (!name.starts_with(kProbability)) fail("{}: no predictions of one label", reader.source());
    saved.names.push_back(name.substr(kProbability.size()));
  }
  std::optional<size_t> grouped;
  if (!group.empty()) grouped = group_column(reader, group, truth);

  std::map<std::string, int32_t, std::less<>> numbers;
  std::vector<float> values;
  CsvRow row;
  while (reader.next(row)) {
    saved.row.emplace_back(row.fields[0]);
    const auto label = std::ranges::find(saved.names, row.fields[truth]);
    if (label == saved.names.end()) {
      fail("{}: line {}: '{}' is none of the classes", reader.source(), row.line,
           row.fields[truth]);
    }
    saved.predictions.label.push_back(static_cast<int32_t>(label - saved.names.begin()));
    for (size_t c = first; c < row.fields.size(); ++c) {
      if (!parse_float(row.fields[c], values.emplace_back())) {
        fail("{}: line {}: {}", reader.source(), row.line, float_problem(row.fields[c]));
      }
    }
    const std::string name = grouped ? std::string(row.fields[*grouped]) : saved.row.back();
    saved.group.push_back(
        numbers.try_emplace(name, static_cast<int32_t>(numbers.size())).first->second);
  }
  saved.predictions.probabilities =
      Matrix(static_cast<int64_t>(saved.row.size()), static_cast<int64_t>(saved.names.size()));
  std::ranges::copy(values, saved.predictions.probabilities.data());
  return saved;
}

}  // namespace puente
