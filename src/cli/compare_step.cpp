#include "cli/compare_step.h"

#include <algorithm>
#include <fmt/format.h>

#include "base/cpu_name.h"

namespace puente::cli {

std::string ComparedTrainings::honest(int64_t seed) const {
  return (base / folder_name(protocol) / fmt::format("{}-seed{}", fusion, seed)).string();
}

std::vector<std::string> ComparedTrainings::all() const {
  std::vector<std::string> names = {paper()};
  for (int64_t seed = 0; seed < seeds; ++seed) names.push_back(honest(seed));
  return names;
}

Json with_machine(Json inputs, int threads) {
  inputs["machine"] = {{"processor", cpu_name()}, {"threads", threads}};
  return inputs;
}

std::string approach_name(const StudyMaterial& material, const std::string& name,
                          const NamedPrompt* prompt) {
  if (prompt == nullptr || material.prompts().size() < 2) return name;
  return fmt::format("{}, {}", name, prompt->name);
}

std::optional<PaperFigures> published_figures(const StudyMaterial& material, PaperApproach approach,
                                              const std::string& fusion) {
  return paper_figures(std::filesystem::path(material.recipe().source).stem().string(), approach,
                       parse_fusion(fusion));
}

StepCost cost_in_book(const Json& book, const std::string& step) {
  const Json& entry = book.at("steps").at(step);
  StepCost cost{.seconds = entry.at("seconds").get<double>(),
                .own_process = entry.value("own_process", false)};
  if (entry.contains("energy_joules")) cost.energy_joules = entry["energy_joules"].get<double>();
  return cost;
}

std::optional<double> sum_of(std::optional<double> a, std::optional<double> b) {
  if (!a || !b) return std::nullopt;
  return *a + *b;
}

void add_cautions(const Json& metrics, std::vector<std::string>& cautions) {
  for (const Json& caution : metrics.at("cautions")) {
    const auto text = caution.get<std::string>();
    if (std::ranges::count(cautions, text) == 0) cautions.push_back(text);
  }
}

}  // namespace puente::cli
