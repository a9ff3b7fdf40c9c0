// puente compare: the paper's Tables 1, 2 and 3 on any data set, from one study.
#include <fmt/ranges.h>
#include <memory>
#include <utility>

#include "base/atomic_file.h"
#include "base/cpu_name.h"
#include "base/error.h"
#include "base/file_status.h"
#include "cli/command.h"
#include "cli/compare_raw.h"
#include "cli/compare_step.h"
#include "cli/duration.h"
#include "cli/end_report.h"
#include "cli/progress_bar.h"
#include "cli/study_material.h"
#include "compare/comparison.h"
#include "report/comparison_report.h"
#include "report/comparison_rows.h"
#include "report/embed_report.h"

namespace puente::cli {
namespace {

struct CompareOptions {
  Common common;
  std::string study;
  std::string budget = "20m";
  std::string out;
};

std::string model_type(const std::filesystem::path& model) {
  if (model.extension() == ".gguf") return "llama";
  const std::filesystem::path config = model / "config.json";
  return file_exists(config) ? read_json(config).value("model_type", "") : "";
}

/// Which of the paper's approaches these encoders are.
std::optional<PaperApproach> paper_approach(const StudyEncoder& encoder) {
  const std::string image = model_type(encoder.image), text = model_type(encoder.text);
  if (image == "clip" && text == "clip") return PaperApproach::clip;
  if (image == "dinov2" && text == "llama") return PaperApproach::dinov2_llama;
  return std::nullopt;
}

int64_t bytes_of(const std::vector<std::string>& tables) {
  int64_t bytes = 0;
  for (const std::string& table : tables) {
    for (const char* extension : {".safetensors", ".csv"}) {
      bytes += static_cast<int64_t>(
          std::filesystem::file_size(std::filesystem::path(table).replace_extension(extension)));
    }
  }
  return bytes;
}

class CompareRun {
 public:
  explicit CompareRun(const CompareOptions& o)
      : o_(o),
        progress_(o.common.quiet),
        material_(o.study, o.out, progress_),
        study_(material_.study()),
        out_(material_.out()) {}

  void run() {
    material_.combine();
    check_protocol();
    RawApproaches raw(material_, protocol_, o_.budget, o_.common.thread_count());
    material_.refuse();
    material_.prepare();
    make_output_folder(out_);
    StepRunner steps(o_.common, out_, study_.source, progress_, StepProcess::own);
    std::vector<StepPlace> places = embedding_places();
    raw.add_places(places);
    steps.plan(places);
    material_.write();
    comparison_ = {.name = study_.name,
                   .protocol = protocol_,
                   .seeds = study_.seeds,
                   .threads = o_.common.thread_count(),
                   .processor = cpu_name(),
                   .budget = study_.raw ? o_.budget : ""};
    for (const StudyCombination& one : material_.combinations()) compare_embeddings(one, steps);
    raw.compare(steps, comparison_);
    comparison_.rows.insert(comparison_.rows.end(), columns_.begin(), columns_.end());
    write_all();
    const std::string report = write_end_report(out_, progress_);
    show(o_.common, comparison_json(comparison_), [&] {
      return fmt::format("\n{}: everything is in {}\n{}{}", study_.name, out_.string(),
                         comparison_text(comparison_), report);
    });
  }

 private:
  /// One set of test rows, which the baselines and all seeds share.
  void check_protocol() {
    if (study_.protocols.size() > 1) {
      material_.mistake(study_.protocols[1].place,
                        "`puente compare` takes one protocol, beside the paper's, which it adds "
                        "itself");
    }
    const Said& said = study_.protocols.front();
    protocol_ = said.text;
    const Protocol kind = ProtocolOptions::parse(protocol_).kind;
    if (kind == Protocol::holdout || kind == Protocol::time) return;
    material_.mistake(
        said.place, fmt::format("protocol {}: `puente compare` scores all on one set of test rows "
                                "that chose nothing; write protocols = [\"holdout\"] or "
                                "[\"time:COLUMN\"] in [try]",
                                protocol_));
  }

  std::vector<std::string> fusions(const StudyCombination& one) const {
    std::vector<std::string> names;
    for (const Said& fusion : study_.fusions) names.push_back(fusion.text);
    return one.both_halves() ? names : std::vector<std::string>{"early"};
  }

  ComparedTrainings trainings(const StudyCombination& one, const std::string& fusion) const {
    return {one.base(), fusion, protocol_, study_.seeds};
  }

  std::string baselines_place(const StudyCombination& one) const {
    return (one.base() / folder_name(protocol_) / "simpler").string();
  }

  std::vector<StepPlace> embedding_places() const {
    std::vector<StepPlace> places;
    for (const StudyCombination& one : material_.combinations()) {
      material_.add_embed_places(one, places);
      std::vector<std::string> names;
      for (const std::string& fusion : fusions(one))
        append_words(names, trainings(one, fusion).all());
      if (study_.baselines) names.push_back(baselines_place(one));
      for (const std::string& name : names) add_place(places, name, out_ / name);
    }
    return places;
  }

  void compare_embeddings(const StudyCombination& one, StepRunner& steps) {
    const EmbeddingTables tables = material_.embed(one, steps);
    for (const std::string& fusion : fusions(one)) {
      comparison_.rows.push_back(train(one, tables, fusion, steps));
    }
    if (study_.baselines) add_simpler(one, tables, steps);
  }

  ComparedRow train(const StudyCombination& one, const EmbeddingTables& tables,
                    const std::string& fusion, StepRunner& steps) {
    const ComparedTrainings names = trainings(one, fusion);
    const Json inputs = with_machine(tables.inputs, comparison_.threads);
    const auto train_once = [&](const std::string& name, const std::string& protocol,
                                int64_t seed) {
      const TableCommands commands(material_.recipe(), material_.data(), tables.words, protocol,
                                   study_.despite_leaks);
      Words words = commands.train(fusion, "none", out_ / name);
      append_words(words, {"--seed", std::to_string(seed)});
      // As the baselines and raw approaches choose.
      if (protocol != kPaperWay) append_words(words, {"--choose", "validation"});
      const std::filesystem::path metrics = out_ / name / "metrics.json";
      material_.do_step(steps, name, std::move(words), inputs, {metrics});
      return read_json(metrics);
    };

    ComparedRow row{.approach = approach_name(material_, one.encoder->name.text, one.prompt),
                    .inputs = one.inputs(),
                    .classifier = fusion};
    const Json paper = train_once(names.paper(), kPaperWay, 0);
    row.optimistic = optimistic_scores(paper);
    row.cost = cost_of(paper, names.paper(), tables, steps);
    std::vector<std::filesystem::path> folders;
    for (int64_t seed = 0; seed < names.seeds; ++seed) {
      add_cautions(train_once(names.honest(seed), protocol_, seed), comparison_.cautions);
      folders.push_back(out_ / names.honest(seed));
    }
    row.honest = honest_scores(folders, comparison_.threads);
    if (const auto approach = paper_approach(*one.encoder); approach && one.both_halves()) {
      row.published = published_figures(material_, *approach, fusion);
    }
    return row;
  }

  ComparedCost cost_of(const Json& metrics, const std::string& training,
                       const EmbeddingTables& tables, const StepRunner& steps) {
    double once = 0;
    std::optional<double> energy = cost_in_book(steps.book(), training).energy_joules;
    std::optional<int64_t> peak = 0;
    for (size_t i = 0; i < tables.steps.size(); ++i) {
      const StepCost embedding = cost_in_book(steps.book(), tables.steps[i]);
      once += embedding.seconds;
      energy = sum_of(energy, embedding.energy_joules);
      const Json report = find_embed_report(tables.files[i]).value_or(Json::object());
      // `puente run` embeds in its own process, whose peak is not this step's.
      if (!embedding.own_process) peak.reset();
      if (peak) peak = std::max(*peak, report.value("peak_memory_bytes", int64_t{0}));
      note_threads(tables.steps[i], report);
    }
    ComparedCost cost = embedding_cost(metrics, once);
    cost.embed_peak_bytes = peak;
    cost.whole.stored_bytes = bytes_of(tables.files);
    cost.whole.energy_joules = energy;
    return cost;
  }

  /// Vectors that an earlier run has made are not made again for the sake of their time.
  void note_threads(const std::string& step, const Json& report) {
    const int threads = report.value("threads", 0);
    if (threads == comparison_.threads) return;
    add_cautions({{"cautions",
                   {fmt::format("'{}' was done earlier, with {} threads and not {}", step, threads,
                                comparison_.threads)}}},
                 comparison_.cautions);
  }

  void add_simpler(const StudyCombination& one, const EmbeddingTables& tables, StepRunner& steps) {
    const TableCommands commands(material_.recipe(), material_.data(), tables.words, protocol_,
                                 study_.despite_leaks);
    const std::string columns =
        one.prompt == nullptr ? ""
                              : tabular_columns(*one.prompt, material_.data().prepared.manifest);
    const std::string name = baselines_place(one);
    const std::filesystem::path file = out_ / name / "baselines.json";
    Words words = commands.baselines("early", "none", columns, out_ / name);
    append_words(words, {"--seeds", std::to_string(study_.seeds)});
    material_.do_step(steps, name, std::move(words), tables.inputs, {file});
    const Json baselines = read_json(file);
    add_cautions(baselines, comparison_.cautions);
    const bool first = std::ranges::find(columns_of_, columns) == columns_of_.end();
    columns_of_.push_back(columns);
    for (ComparedRow& row :
         simpler_rows(baselines, approach_name(material_, one.encoder->name.text, one.prompt))) {
      if (row.inputs != "columns") {
        comparison_.rows.push_back(std::move(row));
      } else if (first) {
        row.approach = approach_name(material_, "no encoder", one.prompt);
        columns_.push_back(std::move(row));
      }
    }
  }

  void write_all() const {
    write_file(out_ / "comparison.csv", comparison_csv(comparison_));
    write_file(out_ / "break_even.csv", break_even_csv(comparison_));
    write_file(out_ / "comparison.md", comparison_markdown(comparison_));
    write_file(out_ / "comparison.tex", comparison_latex(comparison_));
    write_file(out_ / "comparison.json", comparison_json(comparison_).dump(2) + "\n");
  }

  const CompareOptions& o_;
  ProgressBar progress_;
  StudyMaterial material_;
  const Study& study_;
  const std::filesystem::path& out_;
  std::string protocol_;
  Comparison comparison_;
  std::vector<ComparedRow> columns_;     // without an encoder: the same beside all
  std::vector<std::string> columns_of_;  // that they were made of
};

}  // namespace

void add_compare(CLI::App& app, Run& run_command) {
  auto o = std::make_shared<CompareOptions>();
  CLI::App* command = app.add_subcommand("compare",
                                         "The paper's tables on your data: embeddings, raw data "
                                         "and simpler classifiers, scores, sizes "
                                         "and times; goes on where it was interrupted");
  command->add_option("study", o->study, "A file that names recipe, data, encoders and what to try")
      ->type_name("STUDY.toml")
      ->required();
  command
      ->add_option("--budget", o->budget,
                   "For each training on raw data: then it stops, and its times are extrapolated")
      ->check(is_duration())
      ->type_name("TIME")
      ->capture_default_str();
  command->add_option("--out", o->out, "Folder for the results")->type_name("DIR");
  add_common(*command, o->common);
  command->callback([o, &run_command] { run_command = [o] { CompareRun(*o).run(); }; });
}

}  // namespace puente::cli
