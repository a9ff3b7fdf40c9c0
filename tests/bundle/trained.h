// A small training run and its bundle.
#pragma once

#include "bundle/bundle.h"
#include "support/made_table.h"

namespace puente::test {

struct Trained {
  Dataset dataset;
  Split split;
  RunResult result;
  Fitted fitted;
  VectorRecipes recipes;

  Bundle bundle() const { return make_bundle(dataset, split, result, fitted, recipes); }
};

inline Json made_recipe(const std::string& half) {
  return {{half + "_encoder", {{"folder", "m"}, {"sampled_sha256", {{"model.safetensors", "ab"}}}}},
          {half + "_pool", "model"},
          {"normalise", false},
          {"precision", {{half, "fp32"}}},
          {"prompt", "Age {age}."}};
}

inline Trained train_one(const std::string& align = "none", FusionKind fusion = FusionKind::early,
                         const MadeTable& made = {.noise = 3}) {
  Trained t;
  t.dataset = make_dataset(made_table(made), {.label = "dx", .group = "patient"});
  RunPlan plan{.fusion = fusion, .align = AlignSpec::parse(align), .epochs = 3};
  t.split = make_split(t.dataset, plan.protocol);
  t.result = run(t.dataset, t.split, align_for(t.dataset, t.split, plan.protocol.kind, plan.align),
                 plan, {});
  t.fitted = fit_assessment(t.dataset, t.split, t.result.chosen_on, {},
                            {.sensitivity = 0.9, .specificity = 0.8});
  const Json reports[] = {made_recipe("image"), made_recipe("text")};
  t.recipes = recipes_of(reports);
  return t;
}

}  // namespace puente::test
