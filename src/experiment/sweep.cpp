#include "experiment/sweep.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <mutex>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/resources.h"
#include "base/threads.h"

namespace puente {
namespace {

constexpr size_t kMostLambdas = 10'000;

std::vector<std::string_view> split_text(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

double parse_number(std::string_view text, std::string_view all) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || last != end || !std::isfinite(value)) {
    fail(
        "--lambda {}: '{}' is not a number; give from:to:step such as -1:1:0.1, or a list such as "
        "0,0.4",
        all, text);
  }
  return value;
}

/// -1 + 14 * 0.1 is 0.4000000000000001; a person means 0.4, and train --align shift:0.4 must agree.
double tidy(double x) { return std::round(x * 1e9) / 1e9 + 0.0; }

bool has_two_sizes(const EmbeddingTable& table) {
  return table.has_image() && table.has_text() && table.image.cols() != table.text.cols();
}

/// The regularisation is between the branches of late fusion.
bool goes_with(const AlignSpec& align, FusionKind fusion) {
  return fusion == FusionKind::late || !align.has(AlignKind::regularised);
}

/// Where a candidate's cells begin in SweepResult::cells, and what is known of it so far.
struct CandidateState {
  size_t first_cell = 0;
  int done = 0;
  double score = 0;  // mean over seeds, once all are done
};

/// The candidates of one method, fusion and split: one of them is chosen.
struct Contest {
  size_t first = 0;  // of the candidates
  size_t count = 0;
  std::optional<size_t> best = {};
};

/// NaN is worse than any score.
double comparable(double score) { return std::isnan(score) ? -1.0 : score; }

/// Is candidate a, with its score, to be chosen before b?
bool is_chosen_before(const SweepCandidate& a, double score_a, const SweepCandidate& b,
                      double score_b, bool a_is_first) {
  score_a = comparable(score_a);
  score_b = comparable(score_b);
  if (score_a != score_b) return score_a > score_b;
  const double size_a = std::abs(a.lambda.value_or(0)), size_b = std::abs(b.lambda.value_or(0));
  if (size_a != size_b) return size_a < size_b;
  return a_is_first;
}

SweepMean mean_over(const SweepCandidate& candidate, std::span<const SweepCell* const> cells,
                    Protocol protocol) {
  SweepMean mean;
  static_cast<SweepCandidate&>(mean) = candidate;
  const bool paper = protocol == Protocol::paper;
  const auto over = [&](auto&& figure) {
    std::vector<double> values;
    for (const SweepCell* cell : cells) values.push_back(figure(*cell));
    return spread_of(values);
  };
  const auto test = [&](BestOf SweepTrained::*best, double SweepScores::*figure) {
    return over([&](const SweepCell& c) { return paper ? (c.*best).value : c.test.*figure; });
  };
  mean.validation_macro_f1 = over([](const SweepCell& c) { return c.validation.macro_f1; }).mean;
  mean.test_accuracy = test(&SweepTrained::best_accuracy, &SweepScores::accuracy).mean;
  mean.test_macro_f1 = test(&SweepTrained::best_macro_f1, &SweepScores::macro_f1);
  mean.test_auc = test(&SweepTrained::best_auc, &SweepScores::auc).mean;
  if (cells.front()->test.quadratic_kappa) {
    mean.test_quadratic_kappa =
        over([&](const SweepCell& c) {
          return paper ? c.best_quadratic_kappa.value : *c.test.quadratic_kappa;
        }).mean;
  }
  return mean;
}

/// One sweep while it runs.
class Sweeping {
 public:
  Sweeping(const Dataset& dataset, std::span<const NamedSplit> splits, const SweepPlan& plan,
           SweepBook& book)
      : dataset_(dataset),
        splits_(splits),
        plan_(plan),
        book_(book),
        trainer_(dataset, splits, plan.base, plan.threads, book),
        seeds_(static_cast<size_t>(plan.seeds)),
        candidates_(candidates_of(dataset, plan)) {
    result_.cells.resize(splits.size() * candidates_.size() * seeds_);
    states_.resize(splits.size() * candidates_.size());
    for (size_t s = 0; s < splits.size(); ++s) {
      for (size_t c = 0; c < candidates_.size(); ++c) prepare(s, c);
    }
  }

  SweepResult run(Progress& progress) {
    const Stopwatch total;
    train(ordered(), false, progress);
    // Of a book whose files were taken away: the chosen ones once more.
    std::vector<size_t> lost;
    for (const Contest& contest : contests_) {
      for (size_t i = 0; i < seeds_; ++i) {
        const size_t cell = states_[*contest.best].first_cell + i;
        if (result_.cells[cell].probabilities.empty()) lost.push_back(cell);
      }
    }
    if (!lost.empty()) train(lost, true, progress);
    choose();
    result_.seconds = total.seconds();
    return std::move(result_);
  }

 private:
  void prepare(size_t split, size_t candidate) {
    const size_t state = split * candidates_.size() + candidate;
    states_[state].first_cell = state * seeds_;
    for (size_t i = 0; i < seeds_; ++i) {
      SweepCell& cell = result_.cells[state * seeds_ + i];
      static_cast<SweepCandidate&>(cell) = candidates_[candidate];
      cell.split = split;
      cell.seed = plan_.base.options.seed + static_cast<uint64_t>(i);
    }
    const SweepCandidate& one = candidates_[candidate];
    const bool begins = candidate == 0 || one.method != candidates_[candidate - 1].method ||
                        one.fusion != candidates_[candidate - 1].fusion;
    if (begins) contests_.push_back({.first = state});
    ++contests_.back().count;
  }

  /// Cells that share an aligned table after each other.
  std::vector<size_t> ordered() const {
    std::vector<size_t> cells;
    std::vector<bool> taken(states_.size());
    for (size_t a = 0; a < states_.size(); ++a) {
      if (taken[a]) continue;
      const SweepCell& first = result_.cells[states_[a].first_cell];
      for (size_t b = a; b < (first.split + 1) * candidates_.size(); ++b) {
        if (taken[b] || result_.cells[states_[b].first_cell].align != first.align) continue;
        taken[b] = true;
        for (size_t i = 0; i < seeds_; ++i) cells.push_back(states_[b].first_cell + i);
      }
    }
    return cells;
  }

  SweepTraining training_of(size_t cell) const {
    const SweepCell& one = result_.cells[cell];
    return {one.split, one.align, one.fusion, one.seed};
  }

  void train(const std::vector<size_t>& cells, bool again, Progress& progress) {
    std::vector<SweepTraining> trainings;
    for (const size_t cell : cells) trainings.push_back(training_of(cell));
    trainer_.run(trainings, again, progress, [&](size_t i, SweepTrained trained) {
      SweepCell& cell = result_.cells[cells[i]];
      static_cast<SweepTrained&>(cell) = std::move(trained);
      if (!again) count(cells[i] / seeds_);
    });
  }

  double score_of(const SweepCell& cell) const {
    return plan_.base.protocol.kind == Protocol::paper ? cell.best_macro_f1.value
                                                       : cell.validation.macro_f1;
  }

  /// A training of this candidate is done. Probabilities of candidates that cannot be chosen any
  /// more are let go.
  void count(size_t number) {
    CandidateState& state = states_[number];
    if (++state.done < plan_.seeds) return;
    std::vector<double> scores;
    for (size_t i = 0; i < seeds_; ++i) {
      scores.push_back(score_of(result_.cells[state.first_cell + i]));
    }
    state.score = spread_of(scores).mean;
    Contest& contest = contest_of(number);
    if (contest.best) {
      const size_t other = *contest.best;
      if (!is_chosen_before(candidate(number), state.score, candidate(other), states_[other].score,
                            number < other)) {
        return drop(number);
      }
      drop(other);
    }
    contest.best = number;
  }

  const SweepCandidate& candidate(size_t state) const {
    return candidates_[state % candidates_.size()];
  }

  Contest& contest_of(size_t state) {
    const auto after = std::ranges::upper_bound(contests_, state, {}, &Contest::first);
    return *(after - 1);
  }

  void drop(size_t state) {
    for (size_t i = 0; i < seeds_; ++i) {
      const size_t cell = states_[state].first_cell + i;
      result_.cells[cell].probabilities = {};
      book_.drop_probabilities(trainer_.key_of(training_of(cell)));
    }
  }

  /// Means over splits and seeds, and what is chosen.
  void choose() {
    const Protocol protocol = plan_.base.protocol.kind;
    for (size_t c = 0; c < candidates_.size(); ++c) {
      std::vector<const SweepCell*> cells;
      for (size_t s = 0; s < splits_.size(); ++s) {
        const size_t first = states_[s * candidates_.size() + c].first_cell;
        for (size_t i = 0; i < seeds_; ++i) cells.push_back(&result_.cells[first + i]);
      }
      result_.means.push_back(mean_over(candidates_[c], cells, protocol));
    }
    const bool paper = protocol == Protocol::paper;
    for (const Contest& contest : contests_) {
      SweepChoice choice;
      static_cast<SweepCandidate&>(choice) = candidate(*contest.best);
      choice.split = *contest.best / candidates_.size();
      choice.validation_macro_f1 = states_[*contest.best].score;
      for (size_t i = 0; i < seeds_; ++i) {
        choice.probabilities.push_back(
            std::move(result_.cells[states_[*contest.best].first_cell + i].probabilities));
      }
      result_.choices.push_back(std::move(choice));
      if (contest.first >= candidates_.size()) continue;
      const SweepMean* best = nullptr;
      for (size_t c = contest.first; c < contest.first + contest.count; ++c) {
        const SweepMean& one = result_.means[c];
        const auto score = [paper](const SweepMean& m) {
          return paper ? m.test_macro_f1.mean : m.validation_macro_f1;
        };
        if (best == nullptr || is_chosen_before(one, score(one), *best, score(*best), false)) {
          best = &one;
        }
      }
      result_.chosen.push_back(*best);
    }
  }

  const Dataset& dataset_;
  std::span<const NamedSplit> splits_;
  const SweepPlan& plan_;
  SweepBook& book_;
  SweepTrainer trainer_;
  const size_t seeds_;
  std::vector<SweepCandidate> candidates_;
  std::vector<CandidateState> states_;  // by split, then candidate
  std::vector<Contest> contests_;       // in the order of states
  SweepResult result_;
};

}  // namespace

std::vector<double> parse_lambdas(std::string_view text) {
  const auto range = split_text(text, ':');
  std::vector<double> lambdas;
  if (range.size() == 3) {
    const double from = parse_number(range[0], text);
    const double to = parse_number(range[1], text);
    const double step = parse_number(range[2], text);
    if (step <= 0 || to < from) {
      fail("--lambda {}: from:to:step needs from <= to and a step above 0", text);
    }
    if ((to - from) / step >= static_cast<double>(kMostLambdas)) {
      fail("--lambda {}: more than {} values", text, kMostLambdas);
    }
    const auto count = static_cast<int64_t>((to - from) / step + 1e-9) + 1;
    for (int64_t i = 0; i < count; ++i)
      lambdas.push_back(tidy(from + static_cast<double>(i) * step));
    return lambdas;
  }
  if (range.size() != 1) {
    fail("--lambda {}: give from:to:step such as -1:1:0.1, or a list such as 0,0.4", text);
  }
  for (std::string_view part : split_text(text, ',')) {
    const double value = parse_number(part, text);
    if (std::find(lambdas.begin(), lambdas.end(), value) != lambdas.end()) {
      fail("--lambda {}: {} is there twice", text, part);
    }
    lambdas.push_back(value);
  }
  return lambdas;
}

std::vector<FusionKind> parse_fusions(std::string_view text) {
  std::vector<FusionKind> fusions;
  for (std::string_view part : split_text(text, ',')) {
    const FusionKind kind = parse_fusion(part);
    if (std::find(fusions.begin(), fusions.end(), kind) != fusions.end()) {
      fail("--fusion {}: {} is there twice", text, part);
    }
    fusions.push_back(kind);
  }
  return fusions;
}

std::vector<AlignFamily> parse_alignments(std::string_view text) {
  std::vector<AlignFamily> methods;
  for (std::string_view part : split_text(text, ',')) {
    AlignFamily method(part);
    if (std::ranges::find(methods, method.name(), &AlignFamily::name) != methods.end()) {
      fail("--align {}: {} is there twice", text, part);
    }
    methods.push_back(std::move(method));
  }
  return methods;
}

bool is_baseline(std::string_view method) {
  return std::ranges::find(kBaselineAlignments, method) != kBaselineAlignments.end();
}

std::vector<AlignFamily> with_baselines(const std::vector<AlignFamily>& methods) {
  std::vector<AlignFamily> all;
  for (const std::string_view name : kBaselineAlignments) all.emplace_back(name);
  for (const AlignFamily& method : methods) {
    if (!is_baseline(method.name())) all.push_back(method);
  }
  return all;
}

std::vector<SweepCandidate> candidates_of(const Dataset& dataset, const SweepPlan& plan) {
  const bool two_sizes = has_two_sizes(dataset.table);
  std::vector<SweepCandidate> candidates;
  bool some_left = false, some_named = false;
  for (const FusionKind fusion : plan.fusions) {
    for (const AlignFamily& method : plan.methods) {
      some_named = some_named || !is_baseline(method.name());
      std::vector<std::optional<double>> lambdas = {std::nullopt};
      if (method.is_open()) lambdas.assign(plan.lambdas.begin(), plan.lambdas.end());
      for (const std::optional<double>& lambda : lambdas) {
        AlignSpec align = method.at(lambda.value_or(0));
        if (two_sizes) align = align.interpolated();
        if (!goes_with(align, fusion)) continue;
        some_left = some_left || !is_baseline(method.name());
        candidates.push_back({method.name(), lambda, std::move(align), fusion});
      }
    }
  }
  if (some_named && !some_left) {
    fail("{}: regularised goes with late fusion alone; give --fusion late", left_out_of(plan)[0]);
  }
  return candidates;
}

std::vector<std::string> left_out_of(const SweepPlan& plan) {
  std::vector<std::string> names;
  for (const FusionKind fusion : plan.fusions) {
    for (const AlignFamily& method : plan.methods) {
      if (goes_with(method.at(0), fusion)) continue;
      names.push_back(fmt::format("{} with {} fusion", method.name(), name_of(fusion)));
    }
  }
  return names;
}

SweepEstimate estimate_sweep(const Dataset& dataset, std::span<const NamedSplit> splits,
                             const SweepPlan& plan) {
  const std::vector<SweepCandidate> candidates = candidates_of(dataset, plan);
  // One lambda of each method stands for all of them.
  std::vector<const SweepCandidate*> firsts;
  std::vector<double> lambdas;
  for (const SweepCandidate& one : candidates) {
    if (firsts.empty() || firsts.back()->method != one.method ||
        firsts.back()->fusion != one.fusion) {
      firsts.push_back(&one);
      lambdas.push_back(0);
    }
    lambdas.back() += 1;
  }
  std::mutex mutex;
  double seconds = 0;
  parallel_for(static_cast<int64_t>(firsts.size()), plan.threads, [&](int64_t i, int) {
    const SweepCandidate& one = *firsts[static_cast<size_t>(i)];
    const Split& split = splits.front().split;
    const Stopwatch fitting;
    const AlignedTable aligned = align_for(dataset, split, plan.base.protocol.kind, one.align);
    const double fit = fitting.seconds();
    RunPlan epoch = plan.base;
    epoch.fusion = one.fusion;
    epoch.align = one.align;
    epoch.epochs = 1;
    epoch.options.threads = 1;
    const Stopwatch training;
    run(dataset, split, aligned, epoch, {});
    const double training_seconds = training.seconds() * plan.base.epochs;
    const std::lock_guard lock(mutex);
    // All fusions share a fit.
    seconds += lambdas[static_cast<size_t>(i)] *
               (plan.seeds * training_seconds + fit / static_cast<double>(plan.fusions.size()));
  });
  const auto times = static_cast<int64_t>(splits.size());
  return {static_cast<int64_t>(candidates.size()) * plan.seeds * times,
          seconds * static_cast<double>(times) / std::max(1, plan.threads)};
}

std::string sweep_identity(const Dataset& dataset, std::span<const NamedSplit> splits,
                           const SweepPlan& plan) {
  std::string all;
  const auto add_bytes = [&all](const auto& numbers, size_t count) {
    all += sha256(std::as_bytes(std::span(numbers, count))).hex() + "\n";
  };
  const auto add_rows = [&add_bytes](const std::vector<int32_t>& rows) {
    add_bytes(rows.data(), rows.size());
  };
  for (const Matrix* half : {&dataset.table.image, &dataset.table.text}) {
    all += fmt::format("{} {}\n", half->rows(), half->cols());
    add_bytes(half->data(), static_cast<size_t>(half->size()));
  }
  add_rows(dataset.labels.of_row);
  add_rows(dataset.groups.of_row);
  for (const std::string& name : dataset.labels.names) all += name + "\n";
  if (dataset.order) all += "ordinal\n";
  for (const NamedSplit& one : splits) {
    for (const auto* part : {&one.split.train, &one.split.validation, &one.split.test}) {
      add_rows(*part);
    }
    for (const std::vector<int32_t>& part : one.split.inner) add_rows(part);
  }
  for (const SweepCandidate& one : candidates_of(dataset, plan)) {
    all += fmt::format("{} {} {}\n", one.method, one.align.text(), name_of(one.fusion));
  }
  const FusionOptions& options = plan.base.options;
  all += fmt::format("{} {} {} {} {} {} {} {}\n", plan.base.protocol.text(), plan.base.epochs,
                     options.batch, options.learning_rate, options.weight_decay, options.dropout,
                     options.seed, plan.seeds);
  return sha256(all).hex();
}

SweepResult sweep(const Dataset& dataset, std::span<const NamedSplit> splits, const SweepPlan& plan,
                  SweepBook& book, Progress& progress) {
  return Sweeping(dataset, splits, plan, book).run(progress);
}

SweepResult sweep(const Dataset& dataset, const Split& split, const SweepPlan& plan,
                  Progress& progress) {
  SweepBook none;
  const NamedSplit one{"", 0, split};
  return sweep(dataset, {&one, 1}, plan, none, progress);
}

}  // namespace puente
