#include "cli/compare_raw.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/file_status.h"
#include "cli/compare_step.h"
#include "report/comparison_rows.h"

namespace puente::cli {
namespace {

/// Or did its budget end it?
bool is_finished(const Json& metrics) { return metrics.value("finished", true); }

}  // namespace

RawApproaches::RawApproaches(StudyMaterial& material, std::string protocol, std::string budget,
                             int threads)
    : material_(material),
      protocol_(std::move(protocol)),
      budget_(std::move(budget)),
      threads_(threads) {
  const std::optional<StudyRaw>& raw = material.study().raw;
  if (!raw) return;
  if (!material.recipe().image || material.prompts().empty()) {
    material.mistake({}, "[raw] trains on images and texts together, and the recipe has not both");
  }
  if (!raw->image.empty()) {
    Words models = {"--image-model", raw->image, "--text-model", raw->text};
    Words frozen = models;
    frozen.emplace_back("--freeze");
    kinds_.push_back({"raw, frozen", true, true, std::move(frozen)});
    kinds_.push_back({"raw, trained", false, true, std::move(models)});
  }
  if (raw->scratch) kinds_.push_back({"raw, from scratch", false, false, {"--scratch"}});
}

std::vector<RawApproaches::One> RawApproaches::all() const {
  std::vector<One> list;
  for (const Kind& kind : kinds_) {
    for (const NamedPrompt* prompt : material_.prompts()) {
      for (const Said& fusion : material_.study().fusions) {
        list.push_back({&kind, prompt, fusion.text});
      }
    }
  }
  return list;
}

ComparedTrainings RawApproaches::trainings(const One& one) const {
  return {
      std::filesystem::path("runs") / folder_name(one.kind->name) / folder_name(one.prompt->name),
      one.fusion, protocol_, material_.study().seeds};
}

void RawApproaches::add_places(std::vector<StepPlace>& places) const {
  for (const One& one : all()) {
    for (const std::string& name : trainings(one).all()) {
      add_place(places, name, material_.out() / name);
    }
  }
}

Words RawApproaches::words(const One& one, const std::string& protocol, int64_t seed,
                           const std::string& place) const {
  const RecipeData& data = material_.data();
  const TableCommands commands(material_.recipe(), data, {}, protocol,
                               material_.study().despite_leaks);
  Words words = commands.finetune(one.fusion, material_.out() / place);
  append_words(words, {"--manifest", data.manifest_file.string()});
  append_words(words, image_words(material_.recipe(), material_.study().data));
  append_words(words, {"--prompt", one.prompt->text.text});
  append_words(words, one.kind->models);
  append_words(words, {"--seed", std::to_string(seed)});
  return words;
}

Words RawApproaches::with_budget(Words words, const Json& earlier,
                                 const std::filesystem::path& metrics) const {
  append_words(words, {"--budget", budget_});
  if (!earlier.is_array() || earlier.size() != words.size() || !file_exists(metrics)) return words;
  const auto before = earlier.get<Words>();
  const bool same = std::equal(words.begin(), words.end() - 1, before.begin());
  return same && is_finished(read_json(metrics)) ? before : words;
}

ComparedRow RawApproaches::row(const One& one, StepRunner& steps, Comparison& comparison) {
  const ComparedTrainings names = trainings(one);
  Json inputs = {{"manifest", material_.data().manifest_hash},
                 {"images", material_.data().pictures}};
  for (const std::string& folder : {material_.study().raw->image, material_.study().raw->text}) {
    if (!folder.empty()) inputs[folder] = material_.fingerprint(folder);
  }
  inputs = with_machine(std::move(inputs), threads_);
  const auto train = [&](const std::string& name, const std::string& protocol, int64_t seed) {
    const std::filesystem::path metrics = material_.out() / name / "metrics.json";
    Words command = with_budget(
        words(one, protocol, seed, name),
        steps.book().at("steps").value(name, Json::object()).value("command", Json()), metrics);
    material_.do_step(steps, name, std::move(command), inputs, {metrics});
    return read_json(metrics);
  };

  ComparedRow result{.approach = approach_name(material_, one.kind->name, one.prompt),
                     .inputs = "image + text",
                     .classifier = one.fusion,
                     .is_raw = true};
  const Json paper = train(names.paper(), kPaperWay, 0);
  result.cost = raw_cost(paper, one.kind->frozen);
  if (!result.cost->extrapolated) {
    result.cost->whole.energy_joules = cost_in_book(steps.book(), names.paper()).energy_joules;
  }
  if (!is_finished(paper)) return result;
  result.optimistic = optimistic_scores(paper);
  std::vector<std::filesystem::path> folders;
  for (int64_t seed = 0; seed < names.seeds; ++seed) {
    const Json metrics = train(names.honest(seed), protocol_, seed);
    if (!is_finished(metrics)) return result;
    add_cautions(metrics, comparison.cautions);
    folders.push_back(material_.out() / names.honest(seed));
  }
  result.honest = honest_scores(folders, threads_);
  return result;
}

void RawApproaches::compare(StepRunner& steps, Comparison& comparison) {
  for (const One& one : all()) {
    ComparedRow compared = row(one, steps, comparison);
    if (one.kind->published) {
      compared.published = published_figures(material_, PaperApproach::raw, one.fusion);
    }
    comparison.rows.push_back(std::move(compared));
  }
}

}  // namespace puente::cli
