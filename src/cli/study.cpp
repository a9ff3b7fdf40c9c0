#include "cli/study.h"

#include <algorithm>
#include <fmt/ranges.h>
#include <map>
#include <utility>

#include "align/alignment.h"
#include "base/atomic_file.h"
#include "cli/end_report.h"
#include "cli/progress_bar.h"
#include "cli/run_recipe.h"
#include "cli/step_runner.h"
#include "cli/study_material.h"
#include "recipe/study.h"
#include "report/study_report.h"

namespace puente::cli {
namespace {

bool has_baselines(const StudyCombination& one) {
  return one.kind() == Protocol::holdout || one.kind() == Protocol::time;
}

class StudyRun {
 public:
  StudyRun(const Common& common, const std::string& file, const std::string& out)
      : common_(common),
        progress_(common.quiet),
        material_(file, out, progress_),
        study_(material_.study()),
        out_(material_.out()) {}

  void run() {
    material_.combine();
    for (const Said& protocol : study_.protocols) check_alignments(protocol);
    material_.refuse();
    material_.prepare();
    make_output_folder(out_);
    StepRunner steps(common_, out_, study_.source, progress_);
    steps.plan(places());
    material_.write();
    for (const StudyCombination& one : material_.combinations()) try_all(one, steps);
    mark_best(rows_);
    write_file(out_ / "results.csv", study_csv(rows_));
    const std::string report = write_end_report(out_, progress_);
    show(common_, study_json(rows_), [&] {
      return fmt::format("\n{}: everything is in {}\n{}{}", study_.name, out_.string(),
                         study_text(rows_), report);
    });
  }

 private:
  /// 'shift' is chosen by a sweep, which works on one split.
  void check_alignments(const Said& protocol) {
    if (has_one_split(ProtocolOptions::parse(protocol.text).kind)) return;
    for (const Said& align : study_.aligns) {
      if (align.text != kShift || align.place.line == 0) continue;
      material_.mistake(
          align.place,
          fmt::format("the lambda of 'shift' is chosen on one split, and protocol {} has "
                      "several; write \"shift:0.4\"",
                      protocol.text));
    }
  }

  std::vector<std::string> fusions(const StudyCombination& one) const {
    if (!one.both_halves()) return {"early"};
    return texts_of(study_.fusions);
  }
  std::vector<std::string> aligns(const StudyCombination& one) const {
    if (!one.both_halves()) return {"none"};
    std::vector<std::string> names = texts_of(study_.aligns);
    if (!has_one_split(one.kind())) std::erase(names, std::string(kShift));
    return names;
  }
  static std::vector<std::string> texts_of(const std::vector<Said>& list) {
    std::vector<std::string> texts;
    for (const Said& said : list) texts.push_back(said.text);
    return texts;
  }
  bool with_sweep(const StudyCombination& one) const {
    return std::ranges::count(aligns(one), std::string(kShift)) > 0;
  }

  /// The step's name and its folder: runs/clip/default/holdout/early-none.
  static std::string place(const StudyCombination& one, const std::string& name) {
    return (one.base() / folder_name(one.protocol) / folder_name(name)).string();
  }

  static std::string audit_step(const StudyCombination& one) {
    return (one.base() / "audit").string();
  }

  std::vector<StepPlace> places() const {
    std::vector<StepPlace> all;
    const auto add_folder = [&](const StudyCombination& one, const std::string& what) {
      const std::string name = place(one, what);
      add_place(all, name, out_ / name);
    };
    for (const StudyCombination& one : material_.combinations()) {
      material_.add_embed_places(one, all);
      add_place(all, audit_step(one), {});
      if (with_sweep(one)) add_folder(one, "align");
      for (const std::string& fusion : fusions(one)) {
        for (const std::string& align : aligns(one)) add_folder(one, fusion + "-" + align);
      }
      if (study_.baselines && has_baselines(one)) add_folder(one, "baselines");
    }
    return all;
  }

  void try_all(const StudyCombination& one, StepRunner& steps) {
    const EmbeddingTables tables = material_.embed(one, steps);
    const TableCommands commands(material_.recipe(), material_.data(), tables.words, one.protocol,
                                 study_.despite_leaks);
    const std::string columns =
        one.prompt == nullptr ? ""
                              : tabular_columns(*one.prompt, material_.data().prepared.manifest);
    const std::filesystem::path audit = out_ / one.base() / "audit.json";
    make_output_folder(audit.parent_path());
    material_.do_step(steps, audit_step(one), commands.inspect(columns, audit), tables.inputs,
                      {audit});

    std::map<std::string, std::string> shift_of;  // fusion -> "shift:0.25"
    if (with_sweep(one)) {
      const std::string name = place(one, "align");
      const std::filesystem::path metrics = out_ / name / "metrics.json";
      Words words = commands.sweep(out_ / name);
      append_words(words, {"--lambda=" + study_.lambdas, "--fusion",
                           fmt::format("{}", fmt::join(fusions(one), ",")), "--seeds",
                           std::to_string(study_.seeds)});
      material_.do_step(steps, name, std::move(words), tables.inputs, {metrics});
      const Json sweep = read_json(metrics);
      for (const Json& chosen : sweep.at("chosen")) {
        if (chosen.at("method") != kShift) continue;
        shift_of[chosen.at("fusion")] = chosen.at("align");
      }
    }
    std::vector<StudyRow> rows;
    for (const std::string& fusion : fusions(one)) {
      for (const std::string& align : aligns(one)) {
        const std::string spec =
            align == kShift ? shift_of.at(fusion) : for_sizes(align, tables.two_sizes);
        rows.push_back(train(one, commands, tables, fusion, align, spec, steps));
      }
    }
    if (study_.baselines && has_baselines(one)) {
      compare_with_simpler(one, commands, tables, columns, rows, steps);
    }
    rows_.insert(rows_.end(), rows.begin(), rows.end());
  }

  /// Vectors of two sizes are stretched to one before they are shifted, as `sweep` does it.
  static std::string for_sizes(const std::string& align, bool two_sizes) {
    const AlignSpec spec = AlignSpec::parse(align);
    return two_sizes ? spec.interpolated().text() : align;
  }

  StudyRow train(const StudyCombination& one, const TableCommands& commands,
                 const EmbeddingTables& tables, const std::string& fusion, const std::string& align,
                 const std::string& spec, StepRunner& steps) {
    const std::string name = place(one, fusion + "-" + align);
    const std::filesystem::path metrics = out_ / name / "metrics.json";
    material_.do_step(steps, name, commands.train(fusion, spec, out_ / name), tables.inputs,
                      {metrics});
    StudyRow row{.encoder = one.encoder->name.text,
                 .prompt = one.prompt_name(),
                 .protocol = one.protocol,
                 .inputs = one.inputs(),
                 .classifier = one.both_halves() ? fusion + ", " + spec : "early",
                 .validation = nullptr,
                 .test = nullptr,
                 .folder = name};
    add_training_scores(read_json(metrics), row);
    fusion_of_[name] = {fusion, spec};
    return row;
  }

  /// Beside the best by validation of this combination.
  void compare_with_simpler(const StudyCombination& one, const TableCommands& commands,
                            const EmbeddingTables& tables, const std::string& columns,
                            std::vector<StudyRow>& rows, StepRunner& steps) {
    std::vector<StudyRow> marked = rows;
    mark_best(marked);
    const auto best = std::ranges::find_if(marked, &StudyRow::is_best);
    if (best == marked.end()) return;
    const auto& [fusion, spec] = fusion_of_.at(best->folder);
    const std::string name = place(one, "baselines");
    const std::filesystem::path json = out_ / name / "baselines.json";
    material_.do_step(steps, name, commands.baselines(fusion, spec, columns, out_ / name),
                      tables.inputs, {json});
    StudyRow like = *best;
    like.folder = name;
    const std::vector<StudyRow> simpler = baseline_rows(read_json(json), like);
    rows.insert(rows.end(), simpler.begin(), simpler.end());
  }

  const Common& common_;
  ProgressBar progress_;
  StudyMaterial material_;
  const Study& study_;
  const std::filesystem::path& out_;
  std::map<std::string, std::pair<std::string, std::string>> fusion_of_;  // by a training's folder
  std::vector<StudyRow> rows_;
};

}  // namespace

void run_study(const Common& common, const std::string& study, const std::string& out) {
  StudyRun(common, study, out).run();
}

}  // namespace puente::cli
