#include "experiment/alignment_verdict.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/error.h"
#include "eval/multiple.h"
#include "eval/scorer.h"

namespace puente {
namespace {

constexpr double kLevel = 0.05;

/// The test rows of all splits as one test set.
class TestRows {
 public:
  TestRows(const Dataset& dataset, std::span<const NamedSplit> splits)
      : dataset_(dataset), splits_(splits) {
    std::vector<bool> scored(static_cast<size_t>(dataset.rows()));
    for (const NamedSplit& one : splits) {
      for (const int32_t row : one.split.test) scored[static_cast<size_t>(row)] = true;
    }
    place_.resize(scored.size());
    for (size_t row = 0; row < scored.size(); ++row) {
      if (!scored[row]) continue;
      place_[row] = static_cast<int64_t>(rows_.size());
      rows_.push_back(static_cast<int32_t>(row));
    }
    groups_ = labels_at(dataset.groups.of_row, rows_);
    labels_ = labels_at(dataset.labels.of_row, rows_);
  }

  const std::vector<int32_t>& groups() const { return groups_; }
  int64_t count() const { return static_cast<int64_t>(rows_.size()); }

  /// of_split[s]: each seed's probabilities for the test rows of split s. The seeds' for all rows;
  /// of a row that several splits score (repeats) the mean.
  std::vector<Predictions> pooled(const std::vector<const std::vector<Matrix>*>& of_split) const {
    std::vector<Predictions> seeds;
    for (size_t seed = 0; seed < of_split.front()->size(); ++seed) {
      BasicMatrix<double> sum(count(), dataset_.classes());
      std::vector<int> times(static_cast<size_t>(count()));
      for (size_t s = 0; s < of_split.size(); ++s) {
        const Matrix& own = (*of_split[s])[seed];
        const std::vector<int32_t>& test = splits_[s].split.test;
        PUENTE_ASSERT(own.rows() == static_cast<int64_t>(test.size()));
        for (size_t i = 0; i < test.size(); ++i) {
          const int64_t place = place_[static_cast<size_t>(test[i])];
          ++times[static_cast<size_t>(place)];
          for (int64_t k = 0; k < own.cols(); ++k) {
            sum(place, k) += static_cast<double>(own(static_cast<int64_t>(i), k));
          }
        }
      }
      Predictions& one = seeds.emplace_back();
      one.label = labels_;
      one.probabilities = Matrix(sum.rows(), sum.cols());
      for (int64_t i = 0; i < sum.rows(); ++i) {
        for (int64_t k = 0; k < sum.cols(); ++k) {
          one.probabilities(i, k) = static_cast<float>(sum(i, k) / times[static_cast<size_t>(i)]);
        }
      }
    }
    return seeds;
  }

 private:
  const Dataset& dataset_;
  std::span<const NamedSplit> splits_;
  std::vector<int64_t> place_;  // of the dataset's rows among the test rows
  std::vector<int32_t> rows_, groups_, labels_;
};

/// What is compared: for each split an alignment, and each seed's probabilities.
struct Side {
  std::vector<std::string> chosen;
  std::vector<const std::vector<Matrix>*> of_split;
};

/// "shift" of "noise:0.1+shift:0.4".
std::string last_step_name(const AlignSpec& align) {
  const std::string text = AlignSpec{{align.steps.back()}}.text();
  return text.substr(0, text.find(':'));
}

class Judging {
 public:
  Judging(const Dataset& dataset, std::span<const NamedSplit> splits, const SweepPlan& plan,
          const SweepResult& result)
      : dataset_(dataset), splits_(splits), plan_(plan), result_(result), rows_(dataset, splits) {}

  AlignmentVerdict judge(SweepBook& book, Progress& progress) {
    verdict_.rows = rows_.count();
    std::vector<int32_t> groups = rows_.groups();
    std::ranges::sort(groups);
    verdict_.groups = std::ranges::unique(groups).begin() - groups.begin();
    verdict_.seeds = plan_.seeds;
    train_steps(book, progress);
    progress.begin("comparing", "methods", static_cast<int64_t>(result_.chosen.size()));
    for (const FusionKind fusion : plan_.fusions) judge_fusion(fusion, progress);
    progress.end();
    adjust();
    return std::move(verdict_);
  }

 private:
  const SweepChoice& choice(size_t split, FusionKind fusion, std::string_view method) const {
    const auto found = std::ranges::find_if(result_.choices, [&](const SweepChoice& one) {
      return one.split == split && one.fusion == fusion && one.method == method;
    });
    PUENTE_ASSERT(found != result_.choices.end());
    return *found;
  }

  Side side_of(FusionKind fusion, std::string_view method) const {
    Side side;
    for (size_t s = 0; s < splits_.size(); ++s) add(side, choice(s, fusion, method));
    return side;
  }

  static void add(Side& side, const SweepChoice& one) {
    side.chosen.push_back(one.align.text());
    side.of_split.push_back(&one.probabilities);
  }

  /// Of each split the best by validation, the simplest of equal ones.
  Side baseline_of(FusionKind fusion) const {
    Side side;
    for (size_t s = 0; s < splits_.size(); ++s) {
      const SweepChoice* best = nullptr;
      for (const std::string_view name : kBaselineAlignments) {
        const SweepChoice& one = choice(s, fusion, name);
        if (best == nullptr || one.validation_macro_f1 > best->validation_macro_f1) best = &one;
      }
      add(side, *best);
    }
    return side;
  }

  SeedsSample sample_of(const Side& side) const {
    return sample_seeds(rows_.pooled(side.of_split), rows_.groups(), 2, macro_f1_and_auc,
                        {.threads = plan_.threads});
  }

  void judge_fusion(FusionKind fusion, Progress& progress) {
    const Side baseline = baseline_of(fusion);
    const SeedsSample beside = sample_of(baseline);
    BaselineVerdict& simple = verdict_.baselines.emplace_back();
    simple.fusion = fusion;
    simple.chosen = baseline.chosen;
    const auto itself = compare_seeds(beside, beside);
    simple.macro_f1 = itself[0].a;
    simple.auc = itself[1].a;
    for (const SweepMean& mean : result_.chosen) {
      if (mean.fusion != fusion) continue;
      progress.advance(1);
      if (is_baseline(mean.method)) continue;
      const Side side = side_of(fusion, mean.method);
      const SeedsSample own = sample_of(side);
      const auto both = compare_seeds(beside, own);
      MethodVerdict& one = verdict_.methods.emplace_back();
      one.method = mean.method;
      one.fusion = fusion;
      one.chosen = side.chosen;
      one.macro_f1 = Gain{both[0]};
      one.auc = Gain{both[1]};
      one.steps = gains_of_steps(fusion, mean.method, own);
    }
  }

  // ------------------------------------------------------------------------------------- steps

  using StepKey = std::pair<FusionKind, std::string>;  // with the alignment's text

  /// The probabilities that the sweep has of such a training.
  const std::vector<Matrix>* known(size_t split, FusionKind fusion, const AlignSpec& align) const {
    for (const SweepChoice& one : result_.choices) {
      if (one.split == split && one.fusion == fusion && one.align == align) {
        return &one.probabilities;
      }
    }
    const auto trained = trained_.find({split, {fusion, align.text()}});
    return trained == trained_.end() ? nullptr : &trained->second;
  }

  bool shows_steps(const SweepChoice& one) const {
    return !is_baseline(one.method) && steps_of(one.align).size() > 2;
  }

  void train_steps(SweepBook& book, Progress& progress) {
    struct Missing {
      size_t split;
      AlignSpec align;
      FusionKind fusion;
    };
    std::vector<Missing> missing;
    for (const SweepChoice& one : result_.choices) {
      if (!shows_steps(one)) continue;
      for (const AlignSpec& step : steps_of(one.align)) {
        if (known(one.split, one.fusion, step) != nullptr) continue;
        trained_[{one.split, {one.fusion, step.text()}}].resize(static_cast<size_t>(plan_.seeds));
        missing.push_back({one.split, step, one.fusion});
      }
    }
    std::ranges::stable_sort(missing, [](const Missing& a, const Missing& b) {
      return std::pair(a.split, a.align.text()) < std::pair(b.split, b.align.text());
    });
    std::vector<SweepTraining> trainings;
    for (const Missing& one : missing) {
      for (int i = 0; i < plan_.seeds; ++i) {
        trainings.push_back(
            {one.split, one.align, one.fusion, plan_.base.options.seed + static_cast<uint64_t>(i)});
      }
    }
    SweepTrainer trainer(dataset_, splits_, plan_.base, plan_.threads, book);
    trainer.run(trainings, true, progress, [&](size_t i, SweepTrained trained) {
      const SweepTraining& one = trainings[i];
      trained_.at({one.split, {one.fusion, one.align.text()}})[one.seed - plan_.base.options.seed] =
          std::move(trained.probabilities);
    });
  }

  std::vector<StepGain> gains_of_steps(FusionKind fusion, const std::string& method,
                                       const SeedsSample& whole) const {
    const SweepChoice& first = choice(0, fusion, method);
    if (!shows_steps(first)) return {};
    const size_t count = steps_of(first.align).size();
    std::vector<StepGain> steps;
    SeedsSample before;
    std::vector<AlignSpec> of_first = steps_of(first.align);
    for (size_t number = 0; number < count; ++number) {
      SeedsSample own = whole;
      if (number + 1 < count) {
        Side side;
        for (size_t s = 0; s < splits_.size(); ++s) {
          const std::vector<AlignSpec> of_split = steps_of(choice(s, fusion, method).align);
          side.of_split.push_back(known(s, fusion, of_split[number]));
        }
        own = sample_of(side);
      }
      StepGain& one = steps.emplace_back();
      one.name = number == 0 ? "none" : last_step_name(of_first[number]);
      one.macro_f1 = own.of_mean.value[0];
      if (number > 0) one.gain = Gain{compare_seeds(before, own)[0]};
      before = std::move(own);
    }
    return steps;
  }

  void adjust() {
    for (Gain MethodVerdict::*figure : {&MethodVerdict::macro_f1, &MethodVerdict::auc}) {
      std::vector<double> p;
      for (const MethodVerdict& one : verdict_.methods) p.push_back((one.*figure).p);
      const std::vector<double> adjusted = holm_adjusted(p);
      for (size_t i = 0; i < p.size(); ++i) {
        (verdict_.methods[i].*figure).adjusted_p = adjusted[i];
      }
    }
    for (MethodVerdict& one : verdict_.methods) {
      if (!(one.macro_f1.adjusted_p < kLevel)) continue;  // nor where there is none
      one.effect = one.macro_f1.difference.value > 0 ? Effect::helps : Effect::hurts;
    }
  }

  const Dataset& dataset_;
  std::span<const NamedSplit> splits_;
  const SweepPlan& plan_;
  const SweepResult& result_;
  TestRows rows_;
  std::map<std::pair<size_t, StepKey>, std::vector<Matrix>> trained_;  // steps, by seed
  AlignmentVerdict verdict_;
};

}  // namespace

std::string_view name_of(Effect effect) {
  switch (effect) {
    case Effect::helps:
      return "helps";
    case Effect::hurts:
      return "hurts";
    case Effect::cannot_tell:
      return "cannot tell";
  }
  PUENTE_ASSERT(false);
}

std::vector<AlignSpec> steps_of(const AlignSpec& align) {
  std::vector<AlignSpec> all = {AlignSpec{}};
  AlignSpec before;
  for (const AlignStep& step : align.steps) {
    const bool normalised_already =
        !before.steps.empty() && before.steps.back().kind == AlignKind::normalise;
    if (is_shift(step.kind) && !normalised_already) {
      AlignSpec normalised = before;
      normalised.steps.push_back({AlignKind::normalise, 0});
      all.push_back(std::move(normalised));
    }
    before.steps.push_back(step);
    all.push_back(before);
  }
  return all;
}

int64_t trainings_beside(const Dataset& dataset, size_t splits, const SweepPlan& plan, bool paper) {
  int64_t steps = 0;
  std::set<std::pair<FusionKind, std::string>> counted;
  for (const SweepCandidate& one : candidates_of(dataset, plan)) {
    if (is_baseline(one.method) || !counted.insert({one.fusion, one.method}).second) continue;
    const std::vector<AlignSpec> all = steps_of(one.align);
    for (size_t i = 1; all.size() > 2 && i + 1 < all.size(); ++i) {
      steps += is_baseline(all[i].text()) ? 0 : 1;
    }
  }
  const auto fusions = static_cast<int64_t>(plan.fusions.size());
  const int64_t published = paper ? (1 + static_cast<int64_t>(plan.lambdas.size())) * fusions : 0;
  return steps * plan.seeds * static_cast<int64_t>(splits) + published;
}

AlignmentVerdict judge_alignments(const Dataset& dataset, std::span<const NamedSplit> splits,
                                  const SweepPlan& plan, const SweepResult& result, SweepBook& book,
                                  Progress& progress) {
  PUENTE_ASSERT(plan.base.protocol.kind != Protocol::paper);
  return Judging(dataset, splits, plan, result).judge(book, progress);
}

std::vector<PaperClaim> paper_claims(const Dataset& dataset, const SweepPlan& plan, SweepBook& book,
                                     Progress& progress) {
  SweepPlan published = plan;
  published.base.protocol.kind = Protocol::paper;
  published.methods = {AlignFamily("none"), AlignFamily("shift")};
  published.seeds = 1;
  std::vector<NamedSplit> splits;
  try {
    splits = make_splits(dataset, published.base.protocol);
  } catch (const UserError&) {
    return {};  // a class of one row
  }
  const SweepResult swept = sweep(dataset, splits, published, book, progress);
  std::vector<PaperClaim> claims;
  for (const FusionKind fusion : plan.fusions) {
    PaperClaim& claim = claims.emplace_back();
    claim.fusion = fusion;
    for (const SweepMean& mean : swept.chosen) {
      if (mean.fusion != fusion) continue;
      (mean.lambda ? claim.with : claim.without) = mean.test_macro_f1.mean;
      if (mean.lambda) claim.lambda = *mean.lambda;
    }
  }
  return claims;
}

}  // namespace puente
