#include "report/comparison_report.h"

#include <cmath>

#include "formats/csv.h"
#include "report/comparison_tables.h"

namespace puente {
namespace {

Json number_or_null(double value) { return std::isnan(value) ? Json() : Json(value); }

template <class Value>
Json value_or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

Json compared_figure_json(const ComparedFigure& figure) {
  Json json = {{"value", number_or_null(figure.value)}};
  json["interval"] =
      figure.interval ? Json::array({figure.interval->low, figure.interval->high}) : Json();
  return json;
}

Json honest_json(const HonestScores& scores) {
  Json json = {{"accuracy", compared_figure_json(scores.accuracy)},
               {"macro_f1", compared_figure_json(scores.macro_f1)},
               {"seeds", scores.seeds},
               {"epochs", scores.epochs},
               {"rows",
                {{"train", scores.rows.train},
                 {"validation", scores.rows.validation},
                 {"test", scores.rows.test}}}};
  if (!scores.why_none.empty()) json["why_no_interval"] = scores.why_none;
  if (!scores.chosen.empty()) json["chosen"] = scores.chosen;
  return json;
}

Json optimistic_json(const OptimisticScores& scores) {
  return {{"accuracy", {{"value", scores.accuracy}, {"epoch", scores.accuracy_epoch}}},
          {"macro_f1", {{"value", scores.macro_f1}, {"epoch", scores.macro_f1_epoch}}}};
}

Json cost_json(const ComparedCost& cost) {
  return {{"model_bytes", cost.model_bytes},
          {"train_bytes_per_epoch", cost.train_bytes},
          {"test_bytes_per_epoch", value_or_null(cost.test_bytes)},
          {"peak_memory_bytes",
           {{"training", cost.peak_bytes}, {"embedding", value_or_null(cost.embed_peak_bytes)}}},
          {"seconds_per_epoch", {{"train", cost.epoch.train}, {"inference", cost.epoch.inference}}},
          {"whole",
           {{"epochs", cost.epochs},
            {"once_seconds", cost.whole.once_seconds},
            {"stored_bytes", cost.whole.stored_bytes},
            {"train_seconds", cost.whole.train_seconds},
            {"predict_seconds", cost.whole.predict_seconds},
            {"seconds", cost.whole.seconds()},
            {"energy_joules", value_or_null(cost.whole.energy_joules)}}},
          {"extrapolated", cost.extrapolated},
          {"measured_share", cost.measured_share}};
}

Json published_json(const PaperFigures& p) {
  return {{"accuracy", p.accuracy},
          {"macro_f1", p.macro_f1},
          {"epoch", p.epoch},
          {"train_seconds_per_epoch", p.train_seconds},
          {"inference_seconds_per_epoch", p.inference_seconds},
          {"model_megabytes", p.model_megabytes}};
}

std::string cell(double value) { return std::isnan(value) ? "" : fmt::format("{}", value); }

template <class Value>
std::string cell(const std::optional<Value>& value) {
  return value ? fmt::format("{}", *value) : "";
}

void add_figure_cells(const ComparedFigure& figure, std::vector<std::string>& cells) {
  cells.push_back(cell(figure.value));
  cells.push_back(figure.interval ? cell(figure.interval->low) : "");
  cells.push_back(figure.interval ? cell(figure.interval->high) : "");
}

/// As many columns as `names`, filled by add() where the part is there.
template <class Part, class Add>
void add_part(const std::optional<Part>& part, size_t columns, std::vector<std::string>& cells,
              Add add) {
  const size_t all = cells.size() + columns;
  if (part) add(*part);
  cells.resize(all);
}

const std::vector<std::string> kHonestColumns = {"accuracy", "accuracy_low", "accuracy_high",
                                                 "macro_f1", "macro_f1_low", "macro_f1_high",
                                                 "seeds",    "epochs"};
const std::vector<std::string> kOptimisticColumns = {
    "paper_way_accuracy", "paper_way_accuracy_epoch", "paper_way_macro_f1",
    "paper_way_macro_f1_epoch"};
const std::vector<std::string> kCostColumns = {"model_bytes",
                                               "train_bytes_per_epoch",
                                               "test_bytes_per_epoch",
                                               "peak_training_bytes",
                                               "peak_embedding_bytes",
                                               "train_seconds_per_epoch",
                                               "inference_seconds_per_epoch",
                                               "epochs_of_a_training",
                                               "once_seconds",
                                               "stored_bytes",
                                               "train_seconds",
                                               "predict_seconds",
                                               "energy_joules",
                                               "extrapolated",
                                               "measured_share"};
const std::vector<std::string> kPublishedColumns = {
    "published_accuracy",      "published_macro_f1",          "published_epoch",
    "published_train_seconds", "published_inference_seconds", "published_model_megabytes"};

std::vector<std::string> csv_cells(const ComparedRow& row) {
  std::vector<std::string> cells = {row.approach, row.inputs, row.classifier};
  add_part(row.honest, kHonestColumns.size(), cells, [&](const HonestScores& h) {
    add_figure_cells(h.accuracy, cells);
    add_figure_cells(h.macro_f1, cells);
    cells.push_back(std::to_string(h.seeds));
    std::string epochs = h.chosen;
    for (const int epoch : h.epochs) epochs += (epochs.empty() ? "" : " ") + std::to_string(epoch);
    cells.push_back(epochs);
  });
  add_part(row.optimistic, kOptimisticColumns.size(), cells, [&](const OptimisticScores& o) {
    for (std::string text : {cell(o.accuracy), std::to_string(o.accuracy_epoch), cell(o.macro_f1),
                             std::to_string(o.macro_f1_epoch)}) {
      cells.push_back(std::move(text));
    }
  });
  add_part(row.cost, kCostColumns.size(), cells, [&](const ComparedCost& c) {
    for (std::string text :
         {std::to_string(c.model_bytes), std::to_string(c.train_bytes), cell(c.test_bytes),
          std::to_string(c.peak_bytes), cell(c.embed_peak_bytes), cell(c.epoch.train),
          cell(c.epoch.inference), std::to_string(c.epochs), cell(c.whole.once_seconds),
          std::to_string(c.whole.stored_bytes), cell(c.whole.train_seconds),
          cell(c.whole.predict_seconds), cell(c.whole.energy_joules),
          std::string(c.extrapolated ? "yes" : ""), cell(c.measured_share)}) {
      cells.push_back(std::move(text));
    }
  });
  add_part(row.published, kPublishedColumns.size(), cells, [&](const PaperFigures& p) {
    for (std::string text :
         {cell(p.accuracy), cell(p.macro_f1), std::to_string(p.epoch), cell(p.train_seconds),
          cell(p.inference_seconds), cell(p.model_megabytes)}) {
      cells.push_back(std::move(text));
    }
  });
  return cells;
}

std::string machine_text(const Comparison& comparison) {
  return fmt::format("Measured on {}, {} thread{}.", comparison.processor, comparison.threads,
                     comparison.threads == 1 ? "" : "s");
}

}  // namespace

Json comparison_json(const Comparison& comparison) {
  Json json = {{"puente", PUENTE_VERSION},
               {"name", comparison.name},
               {"protocol", comparison.protocol},
               {"seeds", comparison.seeds},
               {"budget", comparison.budget.empty() ? Json() : Json(comparison.budget)},
               {"machine", {{"processor", comparison.processor}, {"threads", comparison.threads}}},
               {"cautions", comparison.cautions}};
  json["rows"] = Json::array();
  for (const ComparedRow& row : comparison.rows) {
    Json one = {{"approach", row.approach}, {"inputs", row.inputs}, {"classifier", row.classifier}};
    one["honest"] = row.honest ? honest_json(*row.honest) : Json();
    one["paper_way"] = row.optimistic ? optimistic_json(*row.optimistic) : Json();
    one["cost"] = row.cost ? cost_json(*row.cost) : Json();
    one["published"] = row.published ? published_json(*row.published) : Json();
    json["rows"].push_back(std::move(one));
  }
  json["break_even"] = Json::array();
  for (const ComparedBreakEven& one : break_evens(comparison.rows)) {
    json["break_even"].push_back({{"embeddings", one.approach},
                                  {"against", one.raw},
                                  {"classifier", one.classifier},
                                  {"epochs", value_or_null(one.epochs)},
                                  {"trainings", value_or_null(one.experiments)},
                                  {"extrapolated", one.extrapolated}});
  }
  return json;
}

std::string comparison_csv(const Comparison& comparison) {
  std::vector<std::string> header = {"approach", "inputs", "classifier"};
  for (const auto* columns :
       {&kHonestColumns, &kOptimisticColumns, &kCostColumns, &kPublishedColumns}) {
    header.insert(header.end(), columns->begin(), columns->end());
  }
  std::string text;
  append_csv_row(text, header);
  for (const ComparedRow& row : comparison.rows) append_csv_row(text, csv_cells(row));
  return text;
}

std::string break_even_csv(const Comparison& comparison) {
  std::string text;
  append_csv_row(text, std::vector<std::string>{"embeddings", "against", "classifier", "epochs",
                                                "trainings", "extrapolated"});
  for (const ComparedBreakEven& one : break_evens(comparison.rows)) {
    append_csv_row(text,
                   std::vector<std::string>{one.approach, one.raw, one.classifier, cell(one.epochs),
                                            cell(one.experiments), one.extrapolated ? "yes" : ""});
  }
  return text;
}

std::string comparison_markdown(const Comparison& comparison) {
  std::string text = fmt::format("# {}\n\n{}\n", comparison.name, machine_text(comparison));
  for (const std::string& caution : comparison.cautions) text += fmt::format("\n> {}\n", caution);
  for (const ComparisonTable& table : comparison_tables(comparison)) {
    text += fmt::format("\n## {}\n\n{}\n", table.title, table.cells.markdown());
    for (const std::string& note : table.notes) {
      // A star alone would begin an item.
      text += fmt::format("- {}{}\n", note.starts_with('*') ? "\\" : "", note);
    }
  }
  return text;
}

std::string comparison_latex(const Comparison& comparison) {
  std::string text = "% \\input this file; it needs \\usepackage{graphicx}\n";
  for (const ComparisonTable& table : comparison_tables(comparison)) {
    text += fmt::format("\\begin{{table}}[htbp]\n\\centering\n\\caption{{{}: {}}}\n",
                        latex_text(comparison.name), latex_text(table.title));
    text += "\\resizebox{\\textwidth}{!}{%\n" + table.cells.latex() + "}\n";
    text +=
        fmt::format("\\par\\smallskip\\footnotesize {}\n", latex_text(machine_text(comparison)));
    for (const std::vector<std::string>& lines : {comparison.cautions, table.notes}) {
      for (const std::string& line : lines) text += latex_text(line) + ".\n";
    }
    text += "\\end{table}\n\n";
  }
  return text;
}

std::string comparison_text(const Comparison& comparison) {
  std::string text;
  for (const std::string& caution : comparison.cautions) text += caution + "\n";
  for (const ComparisonTable& table : comparison_tables(comparison)) {
    text += fmt::format("\n{}\n{}", table.title, table.cells.text());
    for (const std::string& note : table.notes) text += note + "\n";
  }
  return text;
}

}  // namespace puente
