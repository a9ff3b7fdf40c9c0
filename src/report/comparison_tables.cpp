#include "report/comparison_tables.h"

#include <algorithm>
#include <fmt/ranges.h>
#include <functional>

#include "compare/paper_bytes.h"

namespace puente {
namespace {

using RowCell = std::function<std::string(const ComparedRow&)>;

struct RowColumn {
  std::string name;
  RowCell cell;
};

/// Two decimals, or three digits of what is small.
std::string size_text(double value) {
  return value < 0.0995 ? small_text(value) : fmt::format("{:.2f}", value);
}

std::string megabytes_text(std::optional<int64_t> bytes) {
  if (!bytes) return "-";
  return size_text(static_cast<double>(*bytes) / kPaperMegabyte);
}

std::string seconds_cell(double seconds, bool extrapolated) {
  const std::string text = seconds < 99.95 ? size_text(seconds) : fmt::format("{:.0f}", seconds);
  return text + (extrapolated ? "*" : "");
}

std::string compared_interval(const ComparedFigure& figure) {
  if (!figure.interval) return "-";
  return fmt::format("{:.4f} to {:.4f}", figure.interval->low, figure.interval->high);
}

std::string epochs_text(const HonestScores& scores) {
  constexpr std::string_view kEpoch = "epoch ";
  if (scores.chosen.starts_with(kEpoch)) return scores.chosen.substr(kEpoch.size());
  if (scores.epochs.empty()) return "-";
  if (scores.epochs.size() <= 3) return fmt::format("{}", fmt::join(scores.epochs, ", "));
  const auto [least, most] = std::ranges::minmax(scores.epochs);
  return fmt::format("{} to {}", least, most);
}

/// "-" where `part` of the row is not there.
template <class Part, class Text>
RowCell cell_of(std::optional<Part> ComparedRow::*part, Text text) {
  return [part, text](const ComparedRow& row) -> std::string {
    return row.*part ? text(*(row.*part)) : "-";
  };
}

TextTable table_of(const std::vector<const ComparedRow*>& rows,
                   const std::vector<RowColumn>& columns) {
  std::vector<std::string> header;
  for (const RowColumn& column : columns) header.push_back(column.name);
  TextTable table(std::move(header));
  for (const ComparedRow* row : rows) {
    std::vector<std::string> cells;
    for (const RowColumn& column : columns) cells.push_back(column.cell(*row));
    table.add(std::move(cells));
  }
  return table;
}

std::vector<RowColumn> naming_columns() {
  return {{"approach", &ComparedRow::approach},
          {"sees", &ComparedRow::inputs},
          {"classifier", &ComparedRow::classifier}};
}

void append(std::vector<RowColumn>& columns, std::vector<RowColumn> more) {
  columns.insert(columns.end(), more.begin(), more.end());
}

/// Of all rows of the table that have honest scores, where they agree.
std::vector<std::string> split_notes(const Comparison& comparison) {
  std::vector<SplitRows> different;
  std::vector<std::string> notes;
  for (const ComparedRow& row : comparison.rows) {
    if (!row.honest || std::ranges::count(different, row.honest->rows) > 0) continue;
    different.push_back(row.honest->rows);
    const SplitRows& rows = different.back();
    notes.push_back(fmt::format("{}{} rows train, {} choose the epoch, {} are scored",
                                different.size() == 1 ? "" : row.approach + ": ", rows.train,
                                rows.validation, rows.test));
  }
  return notes;
}

ComparisonTable scores_table(const Comparison& comparison, bool published) {
  using Honest = HonestScores;
  using Optimistic = OptimisticScores;
  const auto honest = [](auto text) { return cell_of(&ComparedRow::honest, text); };
  const auto optimistic = [](auto text) { return cell_of(&ComparedRow::optimistic, text); };
  const auto printed = [](auto text) { return cell_of(&ComparedRow::published, text); };
  std::vector<RowColumn> columns = naming_columns();
  append(
      columns,
      {{"accuracy", honest([](const Honest& h) { return score_text(h.accuracy.value); })},
       {"95 % interval", honest([](const Honest& h) { return compared_interval(h.accuracy); })},
       {"macro F1", honest([](const Honest& h) { return score_text(h.macro_f1.value); })},
       {"95 % interval", honest([](const Honest& h) { return compared_interval(h.macro_f1); })},
       {"epoch", honest([](const Honest& h) { return epochs_text(h); })},
       {"accuracy, paper's way",
        optimistic([](const Optimistic& o) { return score_text(o.accuracy); })},
       {"epoch", optimistic([](const Optimistic& o) { return std::to_string(o.accuracy_epoch); })},
       {"macro F1, paper's way",
        optimistic([](const Optimistic& o) { return score_text(o.macro_f1); })},
       {"epoch",
        optimistic([](const Optimistic& o) { return std::to_string(o.macro_f1_epoch); })}});
  if (published) {
    append(columns,
           {{"published accuracy",
             printed([](const PaperFigures& p) { return fmt::format("{:.3f}", p.accuracy); })},
            {"published F1",
             printed([](const PaperFigures& p) { return fmt::format("{:.3f}", p.macro_f1); })},
            {"epoch", printed([](const PaperFigures& p) { return std::to_string(p.epoch); })}});
  }
  std::vector<const ComparedRow*> rows;
  for (const ComparedRow& row : comparison.rows) rows.push_back(&row);
  ComparisonTable table{
      "Table 1: accuracy, macro F1 and epoch",
      table_of(rows, columns),
      {fmt::format("the first columns: protocol {}, the epoch chosen by validation rows, means "
                   "over {} seed{} (the paper's head on one half: of the seeds' mean "
                   "probabilities), 95 % intervals from whole groups of test rows",
                   comparison.protocol, comparison.seeds, comparison.seeds == 1 ? "" : "s"),
       "the paper's way: trainings of their own, split by row, each figure the best of all "
       "test epochs; optimistic, so compare it with published figures only"}};
  const std::vector<std::string> split = split_notes(comparison);
  table.notes.insert(table.notes.begin() + 1, split.begin(), split.end());
  const auto without = std::ranges::find_if(comparison.rows, [](const ComparedRow& row) {
    return row.honest && !row.honest->why_none.empty();
  });
  if (without != comparison.rows.end()) {
    table.notes.push_back("no interval: " + without->honest->why_none);
  }
  return table;
}

std::vector<const ComparedRow*> rows_with_cost(const Comparison& comparison) {
  std::vector<const ComparedRow*> rows;
  for (const ComparedRow& row : comparison.rows) {
    if (row.cost) rows.push_back(&row);
  }
  return rows;
}

/// What the stars stand for.
std::vector<std::string> share_notes(const Comparison& comparison) {
  std::vector<std::string> notes;
  for (const ComparedRow* row : rows_with_cost(comparison)) {
    if (!row->cost->extrapolated) continue;
    notes.push_back(
        fmt::format("* {}, {}: extrapolated; {:.3g} % {} measured within the budget of {}",
                    row->approach, row->classifier, 100 * row->cost->measured_share,
                    row->cost->whole.once_seconds > 0 ? "of the features was" : "of an epoch was",
                    comparison.budget.empty() ? "its own" : comparison.budget));
  }
  return notes;
}

RowCell cost_cell(std::function<std::string(const ComparedCost&)> text) {
  return cell_of(&ComparedRow::cost, std::move(text));
}

ComparisonTable sizes_table(const Comparison& comparison, bool published) {
  using Cost = ComparedCost;
  std::vector<RowColumn> columns = naming_columns();
  columns.push_back(
      {"model MB", cost_cell([](const Cost& c) { return megabytes_text(c.model_bytes); })});
  if (published) {
    columns.push_back(
        {"published model MB", cell_of(&ComparedRow::published, [](const PaperFigures& p) {
           return fmt::format("{:.2f}", p.model_megabytes);
         })});
  }
  append(
      columns,
      {{"training rows MB", cost_cell([](const Cost& c) { return megabytes_text(c.train_bytes); })},
       {"test rows MB", cost_cell([](const Cost& c) { return megabytes_text(c.test_bytes); })},
       {"peak memory MB, training",
        cost_cell([](const Cost& c) { return megabytes_text(c.peak_bytes); })},
       {"peak memory MB, embedding",
        cost_cell([](const Cost& c) { return megabytes_text(c.embed_peak_bytes); })}});
  return {
      "Table 2: model and data in each epoch by the paper's formula, and peak memory as measured",
      table_of(rows_with_cost(comparison), columns),
      {"a MB is 2^20 bytes; peak memory is the largest resident set of the process that did it, "
       "files that it maps included"}};
}

ComparisonTable epoch_table(const Comparison& comparison, bool published) {
  using Cost = ComparedCost;
  std::vector<RowColumn> columns = naming_columns();
  append(columns, {{"train s", cost_cell([](const Cost& c) {
                      return seconds_cell(c.epoch.train, c.extrapolated);
                    })},
                   {"inference s", cost_cell([](const Cost& c) {
                      return seconds_cell(c.epoch.inference, c.extrapolated);
                    })}});
  if (published) {
    const auto printed = [](auto text) { return cell_of(&ComparedRow::published, text); };
    append(columns, {{"published train s", printed([](const PaperFigures& p) {
                        return fmt::format("{:.2f}", p.train_seconds);
                      })},
                     {"published inference s", printed([](const PaperFigures& p) {
                        return fmt::format("{:.2f}", p.inference_seconds);
                      })}});
  }
  ComparisonTable table{"Table 3: seconds of an epoch, as the paper measures them",
                        table_of(rows_with_cost(comparison), columns), share_notes(comparison)};
  table.notes.insert(table.notes.begin(),
                     "under the paper's protocol; inference is the test rows and their scores, "
                     "without embedding; frozen encoders on raw data compute their features anew "
                     "in every epoch");
  if (published) {
    table.notes.emplace_back("published: on two cores of an AMD EPYC Milan, another machine");
  }
  return table;
}

ComparisonTable whole_table(const Comparison& comparison) {
  using Cost = ComparedCost;
  const std::vector<const ComparedRow*> rows = rows_with_cost(comparison);
  const auto seconds = [](auto part) {
    return cost_cell([part](const Cost& c) {
      const double value = part(c.whole);
      return value > 0 ? seconds_cell(value, c.extrapolated) : "-";
    });
  };
  std::vector<RowColumn> columns = naming_columns();
  append(columns, {{"once s", seconds([](const WholeCost& w) { return w.once_seconds; })},
                   {"stored MB", cost_cell([](const Cost& c) {
                      return c.whole.stored_bytes > 0 ? megabytes_text(c.whole.stored_bytes) : "-";
                    })},
                   {"epochs", cost_cell([](const Cost& c) { return std::to_string(c.epochs); })},
                   {"train s", seconds([](const WholeCost& w) { return w.train_seconds; })},
                   {"predict s", seconds([](const WholeCost& w) { return w.predict_seconds; })},
                   {"together s", seconds([](const WholeCost& w) { return w.seconds(); })}});
  const bool energy = std::ranges::any_of(
      rows, [](const ComparedRow* row) { return row->cost->whole.energy_joules.has_value(); });
  if (energy) {
    columns.push_back({"energy kJ", cost_cell([](const Cost& c) {
                         const auto& joules = c.whole.energy_joules;
                         return joules ? fmt::format("{:.3g}", *joules / 1000) : "-";
                       })});
  }
  ComparisonTable table{
      "Table 3, the whole: embed or compute features once, store, train, predict the test rows",
      table_of(rows, columns), share_notes(comparison)};
  if (energy) {
    table.notes.emplace_back(
        "energy: what the processors' packages drew in the meantime, by RAPL, "
        "whoever used them");
  }
  return table;
}

ComparisonTable break_even_table(const std::vector<ComparedBreakEven>& all,
                                 const Comparison& comparison) {
  const auto cell = [](std::optional<int64_t> times, bool extrapolated) {
    return times ? fmt::format("{}{}", *times, extrapolated ? "*" : "") : std::string("never");
  };
  TextTable table({"embeddings", "against", "classifier", "epochs", "trainings"});
  for (const ComparedBreakEven& one : all) {
    table.add({one.approach, one.raw, one.classifier, cell(one.epochs, one.extrapolated),
               cell(one.experiments, one.extrapolated)});
  }
  ComparisonTable result{"When embedding once has paid", std::move(table), share_notes(comparison)};
  result.notes.insert(result.notes.begin(),
                      "the first epoch, or whole training, after which embedding and the epochs of "
                      "Table 3 so far took less than those on raw data");
  return result;
}

}  // namespace

std::vector<ComparisonTable> comparison_tables(const Comparison& comparison) {
  const bool published = std::ranges::any_of(
      comparison.rows, [](const ComparedRow& row) { return row.published.has_value(); });
  std::vector<ComparisonTable> tables = {scores_table(comparison, published)};
  if (rows_with_cost(comparison).empty()) return tables;
  tables.push_back(sizes_table(comparison, published));
  tables.push_back(epoch_table(comparison, published));
  tables.push_back(whole_table(comparison));
  const std::vector<ComparedBreakEven> all = break_evens(comparison.rows);
  if (!all.empty()) tables.push_back(break_even_table(all, comparison));
  return tables;
}

}  // namespace puente
