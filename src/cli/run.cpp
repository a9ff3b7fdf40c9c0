// puente run: a recipe and a data folder to a trained, evaluated classifier, step by step.
#include <algorithm>
#include <fmt/ranges.h>
#include <memory>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/mapped_file.h"
#include "base/resources.h"
#include "cli/command.h"
#include "cli/progress_bar.h"
#include "cli/run_recipe.h"
#include "cli/run_steps.h"
#include "cli/study.h"
#include "experiment/protocol.h"
#include "recipe/find_recipe.h"
#include "recipe/prepare.h"
#include "report/recipe_report.h"
#include "text/prompt.h"

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

/// The recipe against the data; every mistake is shown.
Prepared prepare_or_fail(const Recipe& recipe, const std::string& data, ProgressBar& progress) {
  Prepared prepared = prepare(recipe, data);
  if (prepared.mistakes.empty()) return prepared;
  for (size_t i = 0; i + 1 < prepared.mistakes.size(); ++i) {
    progress.problem(text_of(prepared.mistakes[i], recipe.source));
  }
  fail("{}", text_of(prepared.mistakes.back(), recipe.source));
}

Recipe load_recipe(const std::string& name, ProgressBar& progress) {
  RecipeReading reading = read_recipe(find_recipe(name, recipe_folders()));
  if (reading.mistakes.empty()) return std::move(reading.recipe);
  const std::string& source = reading.recipe.source;
  for (size_t i = 0; i + 1 < reading.mistakes.size(); ++i) {
    progress.problem(text_of(reading.mistakes[i], source));
  }
  fail("{}", text_of(reading.mistakes.back(), source));
}

class WholeRun {
 public:
  explicit WholeRun(const RunOptions& o)
      : o_(o),
        out_(o.out),
        progress_(o.common.quiet),
        recipe_(load_recipe(o.recipe, progress_)),
        book_(o.out, recipe_.source) {}

  void run() {
    check_options();
    prepare_manifest();
    table_ = (out_ / "embeddings.safetensors").string();
    do_step(embed_step());
    do_step(inspect_step());
    const ProtocolOptions protocol = ProtocolOptions::parse(protocol_);
    std::string fusion = "early", align = "none";
    if (with_images() && with_texts() && has_one_split(protocol.kind)) {
      do_step(sweep_step());
      choose_alignment(fusion, align);
    }
    do_step(train_step(fusion, align));
    if (protocol.kind == Protocol::holdout || protocol.kind == Protocol::time) {
      do_step(baselines_step(fusion, align));
    }
    show(o_.common, book_.json(), [&] { return summary(); });
  }

 private:
  bool with_images() const { return recipe_.image.has_value(); }
  bool with_texts() const { return prompt_ != nullptr; }

  void check_options() {
    protocol_ = o_.protocol.empty() ? recipe_.protocol.text : o_.protocol;
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
      if (folder.empty() || std::filesystem::exists(folder)) continue;
      fail("{}: there is no such folder or file (--encoder)", folder);
    }
  }

  void prepare_manifest() {
    const Prepared prepared = prepare_or_fail(recipe_, o_.data, progress_);
    for (const std::string& note : prepared.notes) progress_.note(note);
    group_ = prepared.group;
    make_output_folder(out_);
    manifest_ = (out_ / "manifest.csv").string();
    facts_ = (out_ / "facts.toml").string();
    const std::string csv = manifest_csv(prepared.manifest);
    manifest_hash_ = sha256(csv).hex();
    write_file(manifest_, csv);
    write_file(facts_, facts_toml(recipe_.facts));
    write_file(out_ / "recipe.toml", std::string(MappedFile(recipe_.source).text()));
    if (with_images()) {
      Words names;
      for (const std::string& column : image_column_names(*recipe_.image)) {
        append(names, prepared.manifest.find(column)->values);
      }
      pictures_ = pictures_fingerprint(o_.data, names);
    }
  }

  void do_step(const RunStep& step) {
    if (book_.is_done(step)) {
      progress_.note(fmt::format("{}: done before, with the same inputs", step.name));
      return;
    }
    progress_.note("puente" + quoted(step.words));
    const Stopwatch watch;
    Words words = step.words;
    append(words, common());
    run_command_line(words);
    book_.set_done(step, watch.seconds());
  }

  Words common() const {
    Words words = {"--threads", std::to_string(o_.common.threads)};
    if (o_.common.quiet || o_.common.json) words.push_back("--quiet");
    return words;
  }

  static void add(Words& words, const std::string& option, const std::string& value) {
    if (!value.empty()) words.insert(words.end(), {option, value});
  }

  /// As a shell would take it.
  static std::string quoted(const Words& words) {
    std::string line;
    for (const std::string& word : words) {
      const bool plain = word.find_first_not_of(
                             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             "-_=./:,+@%") == word.npos;
      std::string text = word;
      for (size_t at = 0; !plain && (at = text.find('\'', at)) != text.npos; at += 4) {
        text.replace(at, 1, "'\\''");
      }
      line += plain && !word.empty() ? " " + text : " '" + text + "'";
    }
    return line;
  }

  static void append(Words& words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
  }

  static std::string joined(const std::vector<Said>& names) {
    std::string text;
    for (const Said& name : names) text += (text.empty() ? "" : ",") + name.text;
    return text;
  }

  /// The columns that the texts are made of.
  std::string tabular() const {
    return fmt::format("{}", fmt::join(Prompt(prompt_->text.text).columns(), ","));
  }

  RunStep embed_step() const {
    Words words = {"embed", "--manifest", manifest_, "--out", table_};
    if (with_images()) {
      append(words, {"--images", o_.data, "--image-column",
                     fmt::format("{}", fmt::join(image_column_names(*recipe_.image), ","))});
      add(words, "--bands", fmt::format("{}", fmt::join(recipe_.image->bands, ",")));
    }
    if (with_texts()) {
      add(words, "--prompt", prompt_->text.text);
      add(words, "--language", recipe_.language.text);
      add(words, "--language-column", recipe_.language_column.text);
    }
    add(words, "--encoder", o_.encoder);
    if (with_images()) add(words, "--image-encoder", o_.image_encoder);
    if (with_texts()) add(words, "--text-encoder", o_.text_encoder);
    add(words, "--precision", o_.precision);
    Json inputs = {{"manifest", manifest_hash_}, {"images", pictures_}};
    for (const std::string& folder : {o_.encoder, o_.image_encoder, o_.text_encoder}) {
      if (!folder.empty()) inputs[folder] = fingerprint_of(folder);
    }
    return {"embed", words, inputs, {table_, out_ / "embeddings.csv"}};
  }

  /// What the commands on the table share.
  Words on_table(const std::string& command) const {
    Words words = {command, table_, "--label", recipe_.label.name};
    add(words, "--group", group_);
    add(words, "--facts", facts_);
    add(words, "--sites", joined(recipe_.sites));
    return words;
  }

  Words training(const std::string& command, const std::string& out) const {
    Words words = on_table(command);
    if (group_.empty()) words.push_back("--no-group");
    add(words, "--protocol", protocol_);
    if (recipe_.min_groups > 0) add(words, "--min-groups", std::to_string(recipe_.min_groups));
    if (o_.despite_leaks) words.push_back("--despite-leaks");
    add(words, "--out", out);
    return words;
  }

  Json table_inputs() const {
    return {{"table", fingerprint_of(table_)},
            {"columns", fingerprint_of(out_ / "embeddings.csv")},
            {"facts", fingerprint_of(facts_)}};
  }

  RunStep inspect_step() const {
    Words words = on_table("inspect");
    if (with_texts()) add(words, "--tabular", tabular());
    add(words, "--out", (out_ / "audit.json").string());
    return {"audit", words, table_inputs(), {out_ / "audit.json"}};
  }

  RunStep sweep_step() const {
    Words words = training("sweep", (out_ / "align").string());
    append(words, {"--lambda=-1:1:0.25", "--seeds", std::to_string(o_.seeds)});
    return {"align", words, table_inputs(), {out_ / "align/metrics.json"}};
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
    Words words = training("train", (out_ / "train").string());
    append(words, {"--fusion", fusion, "--align", align});
    const ProtocolOptions protocol = ProtocolOptions::parse(protocol_);
    if (has_one_split(protocol.kind) && protocol.kind != Protocol::paper) {
      add(words, "--subgroups", joined(recipe_.subgroups));
    }
    return {"train", words, table_inputs(), {out_ / "train/metrics.json"}};
  }

  RunStep baselines_step(const std::string& fusion, const std::string& align) const {
    Words words = training("baselines", (out_ / "baselines").string());
    append(words, {"--fusion", fusion, "--align", align});
    if (with_texts()) add(words, "--tabular", tabular());
    return {"baselines", words, table_inputs(), {out_ / "baselines/baselines.json"}};
  }

  std::string summary() const {
    std::string text = fmt::format("\n{}: everything is in {}\n", recipe_.name, out_.string());
    for (const auto& [name, step] : book_.json()["steps"].items()) {
      text += fmt::format("  {:<10} {:8.1f} s\n", name, step["seconds"].get<double>());
    }
    return text;
  }

  const RunOptions& o_;
  std::filesystem::path out_;
  ProgressBar progress_;
  Recipe recipe_;
  RunBook book_;
  const NamedPrompt* prompt_ = nullptr;
  std::string protocol_, group_, manifest_, facts_, table_, manifest_hash_, pictures_;
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
