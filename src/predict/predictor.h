// Predictor: a bundle, loaded once, that answers for vectors which a RecordEncoder made as the
// bundle says (how()).
//
// A record's vectors and probabilities are, to the last bit, those that `puente evaluate
// --manifest` computes of the same row; on top of that come the bundle's temperature and what each
// half alone would say.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bundle/bundle.h"
#include "bundle/embed_alike.h"
#include "predict/classify.h"
#include "predict/record_encoder.h"

namespace puente {

/// Which class, and how probable each is (calibrated) [K].
struct Answer {
  int32_t predicted = 0;
  std::vector<float> probabilities;
};

struct LabelPrediction {
  Answer whole;
  /// [K] the classifier's own probabilities, before calibration: thresholds are about these.
  std::vector<float> raw;
  std::optional<Answer> image_alone;
  std::optional<Answer> text_alone;
};

struct Neighbour {
  std::string name;
  std::string label;
  float similarity = 0;  // cosine of what the classifier reads
};

struct Prediction {
  std::vector<LabelPrediction> labels;               // as the bundle's
  std::optional<std::string> text;                   // as it was encoded
  std::optional<std::vector<Neighbour>> neighbours;  // where the bundle has cases
  std::vector<std::string> cautions;
};

/// Of one record: a prediction, or a line that says what is wrong with it.
struct Outcome {
  Prediction prediction;
  std::string problem;  // empty: none
};

/// A text made of field values, and what to know about it.
struct FilledText {
  std::string text;
  std::vector<std::string> cautions;
};

class Predictor {
 public:
  /// Loads no encoder, but looks whether the bundle's are there. UserError as load_bundle() and
  /// embed_settings().
  Predictor(const std::filesystem::path& bundle, const EncoderPlaces& places);

  const std::vector<Bundle>& labels() const { return labels_; }
  /// Settings and folders of the encoders.
  const EmbedRequest& how() const { return how_; }
  bool takes_pictures() const { return how_.job.images.has_value(); }
  bool takes_texts() const { return how_.job.texts.has_value(); }
  /// How many pictures a record may have: the columns that the table's vectors were means over.
  int64_t most_pictures() const;
  /// The bundle's template; nothing where its texts were a column's, or it takes none.
  const Prompt* prompt() const;

  /// Fills the template. UserError for a field that it does not have, a missing one without a
  /// fallback, and a value that it does not take.
  FilledText fill(std::span<const std::pair<std::string, std::string>> fields) const;
  /// UserError where the record lacks a half that the bundle takes, has one that it does not take,
  /// or too many pictures.
  void check(const Record& record) const;

  /// Of records that check() lets through, and their vectors; on the caller's thread.
  std::vector<Outcome> predict(const RecordVectors& vectors, std::span<const Record> records) const;

 private:
  Prediction prediction_of(const Classified& classified, const RecordVectors& vectors, size_t row,
                           const Record& record) const;

  std::vector<Bundle> labels_;
  EmbedRequest how_;
};

/// What a person has to know before any prediction of the bundle, a line each.
std::vector<std::string> bundle_cautions(const std::vector<Bundle>& labels);

}  // namespace puente
