#include "experiment/sweep.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.h"
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

/// The place of a cell in SweepResult::cells, and what it runs.
struct Job {
  size_t cell;
  FusionKind fusion;
  uint64_t seed;
};

SweepMean mean_over_seeds(std::span<const SweepCell> cells, Protocol protocol) {
  SweepMean mean;
  mean.align = cells.front().align;
  mean.lambda = cells.front().lambda;
  mean.fusion = cells.front().fusion;
  const bool paper = protocol == Protocol::paper;
  const auto over = [&](auto&& figure) {
    std::vector<double> values;
    for (const SweepCell& cell : cells) values.push_back(figure(cell));
    return spread_of(values);
  };
  const auto test = [&](BestOf SweepCell::*best, double Evaluation::*figure) {
    return over([&](const SweepCell& c) { return paper ? (c.*best).value : c.test.*figure; });
  };
  mean.validation_macro_f1 = over([](const SweepCell& c) { return c.validation.macro_f1; }).mean;
  mean.test_accuracy = test(&SweepCell::best_accuracy, &Evaluation::accuracy).mean;
  mean.test_macro_f1 = test(&SweepCell::best_macro_f1, &Evaluation::macro_f1);
  mean.test_auc = test(&SweepCell::best_auc, &Evaluation::auc).mean;
  if (cells.front().test.quadratic_kappa) {
    mean.test_quadratic_kappa =
        over([&](const SweepCell& c) {
          return paper ? c.best_quadratic_kappa.value : *c.test.quadratic_kappa;
        }).mean;
  }
  return mean;
}

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

SweepResult sweep(const Dataset& dataset, const Split& split, const SweepPlan& plan,
                  Progress& progress) {
  const Stopwatch total;
  const auto seeds = static_cast<size_t>(plan.seeds);
  const size_t per_fusion = plan.lambdas.size() * seeds;
  SweepResult result;
  result.cells.resize(plan.fusions.size() * per_fusion);

  // Vectors of two sizes are stretched to one, as the authors do.
  const EmbeddingTable& table = dataset.table;
  const bool two_sizes =
      table.has_image() && table.has_text() && table.image.cols() != table.text.cols();
  const AlignFamily family(two_sizes ? "shift-interpolated" : "shift");
  progress.begin("sweeping", "runs", static_cast<int64_t>(result.cells.size()));
  for (size_t l = 0; l < plan.lambdas.size(); ++l) {
    const AlignSpec align = family.at(plan.lambdas[l]);
    const AlignedTable aligned = align_for(dataset, split, plan.base.protocol.kind, align);
    std::vector<Job> jobs;
    for (size_t f = 0; f < plan.fusions.size(); ++f) {
      for (size_t s = 0; s < seeds; ++s) {
        jobs.push_back({f * per_fusion + l * seeds + s, plan.fusions[f],
                        plan.base.options.seed + static_cast<uint64_t>(s)});
      }
    }
    parallel_for(static_cast<int64_t>(jobs.size()), plan.threads, [&](int64_t item, int) {
      const Job& job = jobs[static_cast<size_t>(item)];
      RunPlan cell_plan = plan.base;
      cell_plan.fusion = job.fusion;
      cell_plan.align = align;
      cell_plan.options.seed = job.seed;
      cell_plan.options.threads = 1;
      const Stopwatch watch;
      RunResult run_result = run(dataset, split, aligned, cell_plan, {});
      SweepCell& cell = result.cells[job.cell];
      cell.align = align;
      cell.lambda = plan.lambdas[l];
      cell.fusion = job.fusion;
      cell.seed = job.seed;
      cell.chosen_epoch = run_result.chosen_epoch;
      if (plan.base.protocol.kind != Protocol::paper) {
        EpochRecord& epoch = run_result.epochs[static_cast<size_t>(run_result.chosen_epoch) - 1];
        cell.validation = std::move(epoch.scores);
        cell.validation_loss = epoch.validation_loss;
      }
      cell.test = std::move(run_result.test);
      cell.best_accuracy = run_result.best_accuracy;
      cell.best_macro_f1 = run_result.best_macro_f1;
      cell.best_auc = run_result.best_auc;
      cell.best_quadratic_kappa = run_result.best_quadratic_kappa;
      cell.seconds = watch.seconds();
      progress.advance(1);
    });
  }
  progress.end();

  const bool paper = plan.base.protocol.kind == Protocol::paper;
  const auto score = [&](const SweepMean& m) {
    return paper ? m.test_macro_f1.mean : m.validation_macro_f1;
  };
  for (size_t f = 0; f < plan.fusions.size(); ++f) {
    const size_t first = result.means.size();
    for (size_t l = 0; l < plan.lambdas.size(); ++l) {
      result.means.push_back(
          mean_over_seeds(std::span(result.cells).subspan(f * per_fusion + l * seeds, seeds),
                          plan.base.protocol.kind));
    }
    const auto best = std::max_element(
        result.means.begin() + static_cast<std::ptrdiff_t>(first), result.means.end(),
        [&](const SweepMean& a, const SweepMean& b) { return score(a) < score(b); });
    result.chosen.push_back(*best);
  }
  result.seconds = total.seconds();
  return result;
}

}  // namespace puente
