// The paper's Tables 1, 2 and 3 on one data set: a row for each approach (an encoder pair, raw
// data, plain columns) and classifier, with what was measured of it.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "compare/epoch_cost.h"
#include "compare/paper_figures.h"
#include "eval/bootstrap.h"

namespace puente {

struct ComparedFigure {
  double value = std::numeric_limits<double>::quiet_NaN();
  std::optional<Interval> interval = {};  // 95 %
};

/// How many rows of a split do what.
struct SplitRows {
  int64_t train = 0, validation = 0, test = 0;

  bool operator==(const SplitRows&) const = default;
};

/// On test rows that chose nothing; the mean over seeds.
struct HonestScores {
  ComparedFigure accuracy = {}, macro_f1 = {};
  int seeds = 1;
  std::vector<int> epochs = {};  // that validation rows chose, of each seed; none: no epochs
  std::string chosen = {};       // instead: "C 0.01"
  SplitRows rows = {};
  std::string why_none = {};  // a clause in words where there are no intervals
};

/// As the paper's protocol has them: each the best of all test epochs.
struct OptimisticScores {
  double accuracy = 0;
  int accuracy_epoch = 0;  // from 1
  double macro_f1 = 0;
  int macro_f1_epoch = 0;
};

/// Under the paper's protocol.
struct ComparedCost {
  int64_t model_bytes = 0;                       // by the paper's formula
  int64_t train_bytes = 0;                       // of one epoch's training rows, likewise
  std::optional<int64_t> test_bytes = {};        // of its test rows
  int64_t peak_bytes = 0;                        // measured: of the training's process
  std::optional<int64_t> embed_peak_bytes = {};  // and of the larger of those that embedded
  EpochSeconds epoch = {};                       // as the paper measures it, without the embedding
  int epochs = 0;                                // of one training
  WholeCost whole = {};
  bool extrapolated = false;  // the seconds, from `measured_share`
  double measured_share = 1;  // of an epoch, or of the features of all rows
};

struct ComparedRow {
  std::string approach = {};    // "clip", "raw, frozen", "columns"
  std::string inputs = {};      // "image + text"
  std::string classifier = {};  // "early", "late", "logistic"
  bool is_raw = false;
  std::optional<HonestScores> honest = {};
  std::optional<OptimisticScores> optimistic = {};
  std::optional<ComparedCost> cost = {};
  std::optional<PaperFigures> published = {};
};

/// When embedding once has paid, against raw data with the same kind of fusion.
struct ComparedBreakEven {
  std::string approach = {}, raw = {}, classifier = {};
  std::optional<int64_t> epochs = {};       // nothing: never
  std::optional<int64_t> experiments = {};  // trainings of all their epochs
  bool extrapolated = false;
};

struct Comparison {
  std::string name = {};      // the study's
  std::string protocol = {};  // the honest one
  int64_t seeds = 0;
  int threads = 0;
  std::string processor = {};
  std::string budget = {};                 // of each raw training; empty: none
  std::vector<std::string> cautions = {};  // each once
  std::vector<ComparedRow> rows = {};
};

/// Of every embedding approach that has a cost, with every raw one.
std::vector<ComparedBreakEven> break_evens(const std::vector<ComparedRow>& rows);

}  // namespace puente
