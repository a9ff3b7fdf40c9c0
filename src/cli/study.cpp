#include "cli/study.h"

#include <algorithm>
#include <fmt/ranges.h>
#include <map>
#include <utility>

#include "align/alignment.h"
#include "base/atomic_file.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/mapped_file.h"
#include "cli/progress_bar.h"
#include "cli/recipe_mistakes.h"
#include "cli/run_recipe.h"
#include "cli/run_steps.h"
#include "cli/step_runner.h"
#include "encoders/encoder.h"
#include "experiment/protocol.h"
#include "recipe/study.h"
#include "report/embed_report.h"
#include "report/study_report.h"
#include "text/prompt.h"

namespace puente::cli {
namespace {

/// What `align` and `train` are given: an encoder's vectors of one prompt, scored by one protocol.
struct StudyCombination {
  const StudyEncoder* encoder;
  const NamedPrompt* prompt;  // nullptr: images only
  bool with_images;
  std::string protocol;

  bool both_halves() const { return with_images && prompt != nullptr; }
  std::string prompt_name() const { return prompt == nullptr ? "" : prompt->name; }
  Protocol kind() const { return ProtocolOptions::parse(protocol).kind; }
  bool has_baselines() const { return kind() == Protocol::holdout || kind() == Protocol::time; }
  /// runs/clip/default, which all protocols share.
  std::filesystem::path base() const {
    return std::filesystem::path("runs") / folder_name(encoder->name.text) /
           (prompt == nullptr ? "images-only" : folder_name(prompt->name));
  }
  std::filesystem::path folder() const { return base() / folder_name(protocol); }
};

struct EmbeddingTables {
  Words words;             // the tables, and how they are joined
  Json inputs;             // changes when one of them does
  bool two_sizes = false;  // the vectors of images and of texts
};

class StudyRun {
 public:
  StudyRun(const Common& common, const std::string& file, const std::string& out)
      : common_(common), progress_(common.quiet) {
    StudyReading reading = read_study(file);
    mistakes_ = std::move(reading.mistakes);
    study_ = std::move(reading.study);
    refuse();
    out_ = out.empty() ? study_.out : out;
    if (out_.empty()) fail("{}: no 'out', the folder for the results; or give --out", file);
  }

  void run() {
    recipe_ = recipe_named(study_.recipe.text, progress_);
    combine();
    refuse();
    data_.prepare(recipe_, study_.data, progress_);
    data_.number_rows(kRow);
    make_output_folder(out_);
    StepRunner steps(common_, out_, study_.source, progress_);
    steps.plan(places());
    data_.write(out_);
    write_file(out_ / "study.toml", std::string(MappedFile(study_.source).text()));
    for (const StudyCombination& one : combinations_) try_all(one, steps);
    mark_best(rows_);
    write_file(out_ / "results.csv", study_csv(rows_));
    show(common_, study_json(rows_), [&] {
      return fmt::format("\n{}: everything is in {}\n{}", study_.name, out_.string(),
                         study_text(rows_));
    });
  }

 private:
  static constexpr const char* kRow = "puente_row";

  void mistake(TomlPlace place, std::string what) { mistakes_.push_back({place, std::move(what)}); }
  void refuse() { refuse_mistakes(mistakes_, study_.source, progress_); }

  /// What the study asks of the recipe and of the encoders, and where they cannot.
  void combine() {
    if (study_.protocols.empty()) study_.protocols.push_back(recipe_.protocol);
    std::vector<const NamedPrompt*> prompts;
    for (const Said& name : study_.prompts) {
      if (const NamedPrompt* prompt = recipe_.prompt(name.text)) {
        prompts.push_back(prompt);
      } else if (name.place.line > 0) {
        Words names;
        for (const NamedPrompt& named : recipe_.prompts) names.push_back(named.name);
        mistake(name.place,
                fmt::format("{} has no prompt '{}'; it has {}", recipe_.source, name.text,
                            names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
      }
    }
    for (const Said& protocol : study_.protocols) check_alignments(protocol);
    for (const StudyEncoder& encoder : study_.encoders) combine_with(encoder, prompts);
  }

  /// 'shift' is chosen by a sweep, which works on one split.
  void check_alignments(const Said& protocol) {
    if (has_one_split(ProtocolOptions::parse(protocol.text).kind)) return;
    for (const Said& align : study_.aligns) {
      if (align.text != kShift || align.place.line == 0) continue;
      mistake(align.place,
              fmt::format("the lambda of 'shift' is chosen on one split, and protocol {} has "
                          "several; write \"shift:0.4\"",
                          protocol.text));
    }
  }

  void combine_with(const StudyEncoder& encoder, const std::vector<const NamedPrompt*>& prompts) {
    bool image = recipe_.image.has_value() && !encoder.image.empty();
    bool text = !prompts.empty() && !encoder.text.empty();
    try {
      // A folder for both halves may be a model of one.
      image = image && encoder_parts(encoder.image).image;
      text = text && encoder_parts(encoder.text).text;
    } catch (const UserError& error) {
      return mistake(encoder.place, error.what());
    }
    if (!image && !text) {
      return mistake(encoder.place,
                     fmt::format("encoder '{}' has nothing to embed: the recipe {} images and {} "
                                 "prompts, and the encoder reads the other",
                                 encoder.name.text, recipe_.image ? "has" : "has no",
                                 prompts.empty() ? "no" : "has"));
    }
    for (const Said& protocol : study_.protocols) {
      if (!text) combinations_.push_back({&encoder, nullptr, image, protocol.text});
      for (size_t i = 0; text && i < prompts.size(); ++i) {
        combinations_.push_back({&encoder, prompts[i], image, protocol.text});
      }
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
    return (one.folder() / folder_name(name)).string();
  }

  static std::string images_step(const StudyCombination& one) {
    return "embed images " + one.encoder->name.text;
  }
  static std::string texts_step(const StudyCombination& one) {
    return fmt::format("embed texts {} {}", one.encoder->name.text, one.prompt_name());
  }
  static std::string audit_step(const StudyCombination& one) {
    return (one.base() / "audit").string();
  }

  std::vector<StepPlace> places() const {
    std::vector<StepPlace> all;
    const auto add = [&all](const std::string& name, const std::filesystem::path& folder) {
      const auto same = [&](const StepPlace& other) { return other.name == name; };
      if (std::ranges::none_of(all, same)) all.push_back({name, folder});
    };
    const auto add_folder = [&](const StudyCombination& one, const std::string& what) {
      const std::string name = place(one, what);
      add(name, out_ / name);
    };
    for (const StudyCombination& one : combinations_) {
      if (one.with_images) add(images_step(one), {});
      if (one.prompt != nullptr) add(texts_step(one), {});
      add(audit_step(one), {});
      if (with_sweep(one)) add_folder(one, "align");
      for (const std::string& fusion : fusions(one)) {
        for (const std::string& align : aligns(one)) add_folder(one, fusion + "-" + align);
      }
      if (study_.baselines && one.has_baselines()) add_folder(one, "baselines");
    }
    return all;
  }

  /// A step in a folder of its own bears its name.
  void do_step(StepRunner& steps, const std::string& name, Words words, Json inputs,
               std::vector<std::filesystem::path> outputs) const {
    const bool own = outputs.front().parent_path() == out_ / name;
    steps.run({{name, own ? out_ / name : std::filesystem::path()},
               std::move(words),
               std::move(inputs),
               std::move(outputs)});
  }

  const Json& fingerprint(const std::string& folder) {
    auto [known, is_new] = fingerprints_.try_emplace(folder);
    if (is_new) known->second = encoder_fingerprint(folder);
    return known->second;
  }

  /// The table that `words` make, made if it is not there. Two encoders that share a half and its
  /// precision share its table.
  std::string embedded(const std::string& name, const std::string& encoder,
                       const StudyEncoder& owner, const std::string& key, const std::string& file,
                       Words words, Json inputs, StepRunner& steps, Json& made_of) {
    const std::string shared = fmt::format("{}\n{}\n{}", encoder, owner.precision, key);
    auto [known, is_new] = tables_.try_emplace(shared);
    if (is_new) {
      const std::filesystem::path folder = out_ / "embeddings" / folder_name(owner.name.text);
      make_output_folder(folder);
      const std::filesystem::path table = folder / (file + ".safetensors");
      words.insert(words.begin(),
                   {"embed", "--manifest", data_.manifest_file.string(), "--out", table.string()});
      append_words(words, {"--precision", owner.precision});
      inputs["manifest"] = data_.manifest_hash;
      inputs["encoder"] = fingerprint(encoder);
      known->second.second["embed"] = sha256(Json::array({words, inputs}).dump()).hex();
      do_step(steps, name, std::move(words), std::move(inputs), {table, folder / (file + ".csv")});
      known->second = {
          table.string(),
          {{"embed", known->second.second["embed"]}, {"table", sha256_file(table).hex()}}};
    }
    made_of = known->second.second;
    return known->second.first;
  }

  EmbeddingTables embed(const StudyCombination& one, StepRunner& steps) {
    EmbeddingTables tables;
    tables.inputs = {{"facts", sha256_file(data_.facts_file).hex()}};
    if (one.with_images) {
      Words words = image_words(recipe_, study_.data);
      append_option(words, "--image-encoder", one.encoder->image);
      tables.words.push_back(embedded(images_step(one), one.encoder->image, *one.encoder, "images",
                                      "images", std::move(words), {{"images", data_.pictures}},
                                      steps, tables.inputs["images"]));
    }
    if (one.prompt != nullptr) {
      Words words = text_words(recipe_, *one.prompt);
      append_option(words, "--text-encoder", one.encoder->text);
      tables.words.push_back(embedded(texts_step(one), one.encoder->text, *one.encoder,
                                      one.prompt->name, "texts-" + folder_name(one.prompt->name),
                                      std::move(words), Json::object(), steps,
                                      tables.inputs["texts"]));
    }
    if (tables.words.size() > 1) {
      tables.two_sizes =
          find_embed_report(tables.words[0]).value_or(Json()).value("image_dim", 0) !=
          find_embed_report(tables.words[1]).value_or(Json()).value("text_dim", 0);
      append_words(tables.words, {"--id", kRow});
    }
    return tables;
  }

  void try_all(const StudyCombination& one, StepRunner& steps) {
    const EmbeddingTables tables = embed(one, steps);
    const TableCommands commands(recipe_, data_, tables.words, one.protocol, study_.despite_leaks);
    const std::string columns =
        one.prompt == nullptr ? "" : tabular_columns(*one.prompt, data_.prepared.manifest);
    const std::filesystem::path audit = out_ / one.base() / "audit.json";
    make_output_folder(audit.parent_path());
    do_step(steps, audit_step(one), commands.inspect(columns, audit), tables.inputs, {audit});

    std::map<std::string, std::string> shift_of;  // fusion -> "shift:0.25"
    if (with_sweep(one)) {
      const std::string name = place(one, "align");
      const std::filesystem::path metrics = out_ / name / "metrics.json";
      Words words = commands.sweep(out_ / name);
      append_words(words, {"--lambda=" + study_.lambdas, "--fusion",
                           fmt::format("{}", fmt::join(fusions(one), ",")), "--seeds",
                           std::to_string(study_.seeds)});
      do_step(steps, name, std::move(words), tables.inputs, {metrics});
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
    if (study_.baselines && one.has_baselines()) {
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
    do_step(steps, name, commands.train(fusion, spec, out_ / name), tables.inputs, {metrics});
    StudyRow row{.encoder = one.encoder->name.text,
                 .prompt = one.prompt_name(),
                 .protocol = one.protocol,
                 .inputs = one.both_halves() ? "image + text"
                           : one.with_images ? "image"
                                             : "text",
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
    do_step(steps, name, commands.baselines(fusion, spec, columns, out_ / name), tables.inputs,
            {json});
    StudyRow like = *best;
    like.folder = name;
    const std::vector<StudyRow> simpler = baseline_rows(read_json(json), like);
    rows.insert(rows.end(), simpler.begin(), simpler.end());
  }

  const Common& common_;
  ProgressBar progress_;
  std::vector<RecipeMistake> mistakes_;
  Study study_;
  std::filesystem::path out_;
  Recipe recipe_;
  RecipeData data_;
  std::vector<StudyCombination> combinations_;
  std::map<std::string, Json> fingerprints_;
  std::map<std::string, std::pair<std::string, Json>> tables_;  // what made it -> file, inputs
  std::map<std::string, std::pair<std::string, std::string>> fusion_of_;  // by a training's folder
  std::vector<StudyRow> rows_;
};

}  // namespace

void run_study(const Common& common, const std::string& study, const std::string& out) {
  StudyRun(common, study, out).run();
}

}  // namespace puente::cli
