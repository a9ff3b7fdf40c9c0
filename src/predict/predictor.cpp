#include "predict/predictor.h"

#include <algorithm>
#include <fmt/ranges.h>
#include <string_view>

#include "base/error.h"
#include "eval/metrics.h"

namespace puente {
namespace {

constexpr int64_t kNeighbours = 5;

Answer answer_of(const LabelProbabilities& probabilities, int64_t row) {
  const std::span<const float> values = probabilities.calibrated.row_span(row);
  // The temperature does not change which class is the most probable, but rounding may.
  return {predicted_class(probabilities.raw.row_span(row)), {values.begin(), values.end()}};
}

/// "fields: line 1, column 'age': ..." of a template's error, for somebody who filled a form.
std::string without_line(std::string message) {
  constexpr std::string_view kPlace = "fields: line 1, column ";
  if (message.starts_with(kPlace)) message = "field " + message.substr(kPlace.size());
  return message;
}

}  // namespace

Predictor::Predictor(const std::filesystem::path& bundle, const EncoderPlaces& places)
    : labels_(load_bundle(bundle)), how_(embed_settings(labels_.front(), places)) {}

int64_t Predictor::most_pictures() const {
  return 1 + std::ranges::count(how_.job.images->column, ',');
}

const Prompt* Predictor::prompt() const {
  if (!how_.job.texts || how_.job.texts->prompt.text().empty()) return nullptr;
  return &how_.job.texts->prompt;
}

FilledText Predictor::fill(std::span<const std::pair<std::string, std::string>> fields) const {
  if (prompt() == nullptr) fail("the bundle's texts were not made by a template: give a text");
  const std::vector<PromptField> known = prompt()->fields();
  for (const auto& [name, value] : fields) {
    if (std::ranges::find(known, name, &PromptField::column) != known.end()) continue;
    fail("the template has no field '{}'; it has {}", name, fmt::join(prompt()->columns(), ", "));
  }
  FilledText filled;
  std::vector<std::string_view> values;
  for (const PromptField& field : known) {
    const auto given =
        std::ranges::find(fields, field.column, &std::pair<std::string, std::string>::first);
    values.push_back(given == fields.end() ? std::string_view() : std::string_view(given->second));
    if (is_missing(values.back()) && field.has_fallback) {
      filled.cautions.push_back(
          fmt::format("no value for '{}': the text says '{}'", field.column, field.fallback));
    }
  }
  try {
    filled.text = prompt()->render(values, 1, "fields");
  } catch (const UserError& error) {
    fail("{}", without_line(error.what()));
  }
  return filled;
}

void Predictor::check(const Record& record) const {
  if (takes_pictures() && record.pictures.empty()) fail("the bundle needs a picture");
  if (takes_texts() && !record.text) fail("the bundle needs a text");
  if (!takes_pictures() && !record.pictures.empty()) fail("the bundle takes no pictures");
  if (!takes_texts() && record.text) fail("the bundle takes no texts");
  if (takes_pictures() && std::ssize(record.pictures) > most_pictures()) {
    fail("{} pictures, and the bundle takes at most {} of a record", record.pictures.size(),
         most_pictures());
  }
}

Prediction Predictor::prediction_of(const Classified& classified, const RecordVectors& vectors,
                                    size_t row, const Record& record) const {
  const auto i = static_cast<int64_t>(row);
  Prediction prediction;
  for (const LabelAnswers& answers : classified.labels) {
    const std::span<const float> raw = answers.whole.raw.row_span(i);
    LabelPrediction& label = prediction.labels.emplace_back(
        LabelPrediction{answer_of(answers.whole, i), {raw.begin(), raw.end()}, {}, {}});
    if (answers.image_alone) label.image_alone = answer_of(*answers.image_alone, i);
    if (answers.text_alone) label.text_alone = answer_of(*answers.text_alone, i);
  }
  prediction.text = record.text;
  if (const TextTokens& tokens = vectors.tokens[row]; tokens.kept < tokens.full) {
    prediction.cautions.push_back(
        fmt::format("the text was cut at {} tokens: it has {}", tokens.kept, tokens.full));
  }
  if (const KeptCases* cases = labels_.front().cases.get()) {
    prediction.neighbours.emplace();
    for (const auto& [at, similarity] :
         cases->nearest(classified.features.row_span(i), kNeighbours)) {
      const auto c = static_cast<size_t>(at);
      prediction.neighbours->push_back({cases->names[c], cases->labels[c], similarity});
    }
  }
  return prediction;
}

std::vector<Outcome> Predictor::predict(const RecordVectors& vectors,
                                        std::span<const Record> records) const {
  EmbeddingTable table;
  table.source = "the record";
  table.image = vectors.image;
  table.text = vectors.text;
  const Classified classified = classify(labels_, table, 1);
  std::vector<Outcome> outcomes(records.size());
  for (size_t i = 0; i < records.size(); ++i) {
    if (!vectors.problems[i].empty()) {
      outcomes[i].problem = vectors.problems[i];
    } else {
      outcomes[i].prediction = prediction_of(classified, vectors, i, records[i]);
    }
  }
  return outcomes;
}

std::vector<std::string> bundle_cautions(const std::vector<Bundle>& labels) {
  std::vector<std::string> cautions;
  if (labels.front().recipes.untrained) {
    cautions.emplace_back("an encoder's weights are random numbers: no figure here means anything");
  }
  for (const Bundle& bundle : labels) {
    if (bundle.fitted.temperature) continue;
    cautions.push_back(fmt::format(
        "label {}: not calibrated: no temperature was best in training; take its probabilities as "
        "an order, not as shares",
        bundle.label));
  }
  return cautions;
}

}  // namespace puente
