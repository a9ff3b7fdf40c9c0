// What int8 does to the task itself: the same classifier trained on the fp32 and on the int8
// vectors, with the same split and seeds, each run's test rows scored once. Early fusion where both
// halves are there, else the one modality.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "puente/progress.h"

#include "certify/sample.h"

namespace puente {

struct LabelQuestion {
  std::string label;
  std::optional<std::string> group = {};  // nothing: every row alone
};

struct LabelScores {
  double accuracy = 0;  // means over the seeds
  double macro_f1 = 0;
};

struct LabelCheck {
  LabelQuestion question;
  int seeds = 0;
  int64_t classes = 0;
  int64_t train_rows = 0, validation_rows = 0, test_rows = 0;
  std::vector<std::string> left_out;  // classes with too few groups: "vasc (2 groups)"
  LabelScores fp32, int8;
};

/// The split and the classes, before anything is encoded. UserError where a column is not there, a
/// value is missing, or fewer than two classes have groups enough for all three parts. Classes with
/// fewer groups are left out. `whole` is the manifest that the sample was drawn from.
LabelCheck plan_label_check(const LabelQuestion& question, const Manifest& whole,
                            const Sample& sample);

/// Vectors of the sample's different images and texts; a matrix without columns where that half is
/// absent.
LabelScores score_label(const LabelCheck& plan, const Sample& sample, const Matrix& images,
                        const Matrix& texts, Precision precision, int threads, Progress& progress);

}  // namespace puente
