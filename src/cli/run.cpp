// puente run: a recipe and a data folder to a trained, evaluated classifier, step by step.
#include <fmt/ranges.h>
#include <memory>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/file_status.h"
#include "base/hash.h"
#include "cli/command.h"
#include "cli/end_report.h"
#include "cli/progress_bar.h"
#include "cli/run_recipe.h"
#include "cli/run_steps.h"
#include "cli/step_runner.h"
#include "cli/study.h"
#include "experiment/protocol.h"
#include "formats/json.h"

namespace puente::cli {
namespace {

struct RunOptions {
  Common common;
  std::string study;
  std::string recipe;
  std::string data;
  std::string encoder, image_encoder, text_encoder;
  std::string prompt = "default";
  std::string precision = "fp32";
  std::string protocol;
  int seeds = 3;
  bool despite_leaks = false;
  std::string out;
};

class WholeRun {
 public:
  explicit WholeRun(const RunOptions& o)
      : o_(o),
        out_(o.out),
        progress_(o.common.quiet),
        recipe_(recipe_named(o.recipe, progress_)),
        steps_(o.common, o.out, recipe_.source, progress_) {}

  void run() {
    check_options();
    data_.prepare(recipe_, o_.data, progress_);
    make_output_folder(out_);
    steps_.plan(planned());
    data_.write(out_);
    table_ = (out_ / "embeddings.safetensors").string();
    const RunStep embed = embed_step();
    steps_.run(embed);
    table_inputs_ = table_inputs(embed);
    steps_.run(inspect_step());
    std::string fusion = "early", align = "none";
    if (with_alignment()) {
      steps_.run(sweep_step());
      choose_alignment(fusion, align);
    }
    steps_.run(train_step(fusion, align));
    if (with_baselines()) steps_.run(baselines_step(fusion, align));
    const std::string report = write_end_report(out_, progress_);
    show(o_.common, steps_.book(), [&] { return summary() + report; });
  }

 private:
  bool with_images() const { return recipe_.image.has_value(); }
  bool with_texts() const { return prompt_ != nullptr; }
  Protocol protocol() const { return ProtocolOptions::parse(protocol_).kind; }
  bool with_alignment() const { return with_images() && with_texts() && has_one_split(protocol()); }
  bool with_baselines() const {
    return protocol() == Protocol::holdout || protocol() == Protocol::time;
  }

  /// A step that has a folder of its own bears its name.
  StepPlace place_of(const std::string& step) const { return {step, out_ / step}; }

  std::vector<StepPlace> planned() const {
    std::vector<StepPlace> places = {{"embed", {}}, {"audit", {}}};
    if (with_alignment()) places.push_back(place_of("align"));
    places.push_back(place_of("train"));
    if (with_baselines()) places.push_back(place_of("baselines"));
    return places;
  }

  void check_options() {
    if (!o_.protocol.empty()) recipe_.protocol = {o_.protocol, {}};
    protocol_ = recipe_.protocol.text;
    ProtocolOptions::parse(protocol_);
    prompt_ = recipe_.prompt(o_.prompt);
    if (prompt_ == nullptr && (!recipe_.prompts.empty() || o_.prompt != "default")) {
      Words names;
      for (const NamedPrompt& named : recipe_.prompts) names.push_back(named.name);
      fail("--prompt {}: {} has no such prompt; it has {}", o_.prompt, recipe_.source,
           names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
    }
    if (!with_images() && !with_texts()) {
      fail("{}: neither [image] nor [prompt], so there is nothing to embed", recipe_.source);
    }
    if (o_.encoder.empty() && o_.image_encoder.empty() && o_.text_encoder.empty()) {
      fail("give --encoder DIR, or --image-encoder DIR and --text-encoder DIR");
    }
    for (const std::string& folder : {o_.encoder, o_.image_encoder, o_.text_encoder}) {
      if (folder.empty() || file_exists(folder)) continue;
      fail("{}: there is no such folder or file (--encoder)", folder);
    }
  }

  /// The columns that the texts are made of.
  std::string tabular() const {
    return with_texts() ? tabular_columns(*prompt_, data_.prepared.manifest) : "";
  }

  RunStep embed_step() const {
    Words words = {"embed", "--manifest", data_.manifest_file.string(), "--out", table_};
    if (with_images()) append_words(words, image_words(recipe_, o_.data));
    if (with_texts()) append_words(words, text_words(recipe_, *prompt_));
    append_option(words, "--encoder", o_.encoder);
    if (with_images()) append_option(words, "--image-encoder", o_.image_encoder);
    if (with_texts()) append_option(words, "--text-encoder", o_.text_encoder);
    append_option(words, "--precision", o_.precision);
    Json inputs = {{"manifest", data_.manifest_hash}, {"images", data_.pictures}};
    for (const std::string& folder : {o_.encoder, o_.image_encoder, o_.text_encoder}) {
      if (!folder.empty()) inputs[folder] = encoder_fingerprint(folder);
    }
    return {{"embed", {}}, words, inputs, {table_, out_ / "embeddings.csv"}};
  }

  TableCommands commands() const { return {recipe_, data_, {table_}, protocol_, o_.despite_leaks}; }

  /// The table, and what it was made of: the audit says that too.
  Json table_inputs(const RunStep& embed) const {
    return {{"embed", sha256(Json::array({embed.words, embed.inputs}).dump()).hex()},
            {"table", sha256_file(table_).hex()},
            {"columns", sha256_file(out_ / "embeddings.csv").hex()},
            {"facts", sha256_file(data_.facts_file).hex()}};
  }

  RunStep inspect_step() const {
    Words words = commands().inspect(tabular(), out_ / "audit.json");
    return {{"audit", {}}, words, table_inputs_, {out_ / "audit.json"}};
  }

  RunStep sweep_step() const {
    Words words = commands().sweep(out_ / "align");
    append_words(words, {"--lambda=-1:1:0.25", "--seeds", std::to_string(o_.seeds)});
    return {place_of("align"), words, table_inputs_, {out_ / "align/metrics.json"}};
  }

  /// Of the sweep's choices, that with the better validation rows.
  void choose_alignment(std::string& fusion, std::string& align) const {
    const Json metrics = read_json(out_ / "align/metrics.json");
    double best = -1;
    for (const Json& chosen : metrics.at("chosen")) {
      const Json& scores =
          chosen.contains("validation") ? chosen.at("validation") : chosen.at("best_test_epochs");
      const double score =
          scores.at("macro_f1").is_number() ? scores.at("macro_f1").get<double>() : 0;
      if (score <= best) continue;
      best = score;
      fusion = chosen.at("fusion").get<std::string>();
      align = chosen.at("align").get<std::string>();
    }
  }

  RunStep train_step(const std::string& fusion, const std::string& align) const {
    Words words = commands().train(fusion, align, out_ / "train");
    return {place_of("train"), words, table_inputs_, {out_ / "train/metrics.json"}};
  }

  RunStep baselines_step(const std::string& fusion, const std::string& align) const {
    Words words = commands().baselines(fusion, align, tabular(), out_ / "baselines");
    return {place_of("baselines"), words, table_inputs_, {out_ / "baselines/baselines.json"}};
  }

  std::string summary() const {
    std::string text = fmt::format("\n{}: everything is in {}\n", recipe_.name, out_.string());
    for (const auto& [name, step] : steps_.book()["steps"].items()) {
      text += fmt::format("  {:<10} {:8.1f} s\n", name, step["seconds"].get<double>());
    }
    for (const auto& [name, step] : steps_.book()["earlier"].items()) {
      text += fmt::format("  {:<10} is of an earlier run with other options\n", name);
    }
    return text;
  }

  const RunOptions& o_;
  std::filesystem::path out_;
  ProgressBar progress_;
  Recipe recipe_;
  StepRunner steps_;
  RecipeData data_;
  const NamedPrompt* prompt_ = nullptr;
  std::string protocol_, table_;
  Json table_inputs_;
};

void run_study_or_recipe(const RunOptions& o, const std::vector<CLI::Option*>& of_recipe) {
  if (!o.study.empty()) {
    for (const CLI::Option* option : of_recipe) {
      if (option->count() == 0) continue;
      fail("a study says recipe, data, encoders and what to try itself: give no {} beside it",
           option->get_name());
    }
    return run_study(o.common, o.study, o.out);
  }
  if (o.recipe.empty() || o.data.empty()) fail("give a study, or --recipe and --data");
  if (o.out.empty()) fail("give --out, the folder for the results");
  WholeRun(o).run();
}

}  // namespace

void add_run(CLI::App& app, Run& run_command) {
  auto o = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand(
      "run",
      "A recipe and a data folder: embed, audit, align, train, evaluate; goes on where it "
      "was interrupted");
  CLI::Option* study = command
                           ->add_option("study", o->study,
                                        "Instead of the options: a file that names recipe, data, "
                                        "encoders and what to try")
                           ->type_name("STUDY.toml");
  command->add_option("--recipe", o->recipe, "Name of a recipe, or a file")->type_name("NAME|FILE");
  command->add_option("--data", o->data, "Folder of the data, as its authors pack it")
      ->type_name("DIR");
  command->add_option("--encoder", o->encoder, "Model folder for images and texts")
      ->type_name("DIR");
  command->add_option("--image-encoder", o->image_encoder, "Another folder for the images")
      ->type_name("DIR");
  command->add_option("--text-encoder", o->text_encoder, "Another one for the texts")
      ->type_name("DIR|FILE");
  command->add_option("--prompt", o->prompt, "Which of the recipe's prompts")
      ->type_name("NAME")
      ->capture_default_str();
  command->add_option("--precision", o->precision, "As for embed: fp32, int8 or auto")
      ->type_name("PRECISION")
      ->capture_default_str();
  command->add_option("--protocol", o->protocol, "As for train; else what the recipe says")
      ->type_name("PROTOCOL");
  command->add_option("--seeds", o->seeds, "Trainings for each lambda and fusion")
      ->check(CLI::Range(1, 1000))
      ->type_name("N")
      ->capture_default_str();
  command->add_flag(
      "--despite-leaks", o->despite_leaks,
      "Go on in spite of errors that the leak audit finds; every output repeats them");
  const std::vector<CLI::Option*> of_recipe =
      command->get_options([study](const CLI::Option* one) { return one != study; });
  command->add_option("--out", o->out, "Folder for the results")->type_name("DIR");
  add_common(*command, o->common);
  command->callback([o, of_recipe, &run_command] {
    run_command = [o, of_recipe] { run_study_or_recipe(*o, of_recipe); };
  });
}

}  // namespace puente::cli
