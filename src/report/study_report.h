// What a study has tried, as one table: results.csv and lines for the terminal. It reads the
// metrics.json and baselines.json of the steps, and looks at test figures only to show them.
#pragma once

#include <string>
#include <vector>

#include "formats/json.h"

namespace puente {

/// One classifier that was scored.
struct StudyRow {
  std::string encoder;
  std::string prompt;  // empty: images only
  std::string protocol;
  std::string inputs;       // "image + text"
  std::string classifier;   // "early, shift:0.25"
  Json validation;          // {"accuracy", "macro_f1", "auc"}, null where nothing was chosen by it
  Json test;                // the same, with "intervals" of each where there are some
  std::string folder;       // of its results
  bool is_best = false;     // by validation
  bool is_simpler = false;  // of baselines
};

/// Of `train`'s metrics.json: validation and test. Several splits: means over them of what their
/// epochs were chosen by, and the test figures of all rows together.
void add_training_scores(const Json& metrics, StudyRow& row);

/// The simpler classifiers of baselines.json, which choose nothing among the rows of a study.
/// `like`: whose encoder, prompt, protocol and folder they have.
std::vector<StudyRow> baseline_rows(const Json& baselines, const StudyRow& like);

/// Marks, for each protocol, the row of the best validation macro F1 (the first of equals).
void mark_best(std::vector<StudyRow>& rows);

std::string study_csv(const std::vector<StudyRow>& rows);
Json study_json(const std::vector<StudyRow>& rows);
/// A table for each protocol, in the order of validation macro F1; simpler classifiers beside the
/// best one alone.
std::string study_text(const std::vector<StudyRow>& rows);

}  // namespace puente
