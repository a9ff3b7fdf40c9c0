// Bundle: a trained classifier with everything that was fitted for it, to be used on other rows:
// nothing is fitted again (bundle/evaluate.h). On disk it is a folder that `puente train` writes:
//
//   model.safetensors      FusionWeights (fusion/weights.h)
//   alignment.safetensors  what the alignment was fitted to (align/alignment_file.h)
//   bundle.json            the rest; sha256 says which files it belongs to
//
//   {"format": "puente bundle", "version": 1, "puente": "0.1.0",
//    "model": {"file": "model.safetensors", "sha256": "..."},
//    "label": "dx", "classes": ["mel", "nv"],
//    "order": null, or of an ordinal label the classes, lowest first,
//    "align": {"spec": "shift:0.4", "file": "alignment.safetensors", "sha256": "..."},
//    "image": null, or {"dim": 512, "rows": 7000, "mean": [...], "sd": [...], "error": 0.01,
//                       "recipe": null or {...}},       of the training rows
//    "text": likewise,
//    "temperature": 1.1 or null,
//    "thresholds": [{"class": "mel", "wish": "sensitivity", "wished": 0.9,
//                    "threshold": 0.3 or null, "validation": {"true_positives": 9, ...}}],
//    "subgroups": [{"column": "age", "cuts": [40, 55.5, 70]}],    no cuts: by value
//    "untrained": false,
//    "training": as summary_json() (bundle/training_summary.h),
//    "absent": {"image": [...], "text": [...]},                   AbsentHalves
//    "cases": {"column": "image", "file": "cases.safetensors", "sha256": "...",
//              "names": "cases.csv", "names_sha256": "..."}}      where cases were kept
//
// Bundles from before "order" and "subgroups", "training" and "absent" are read as without them;
// "cases" is there where cases were asked for (bundle/kept_cases.h). Some have no
// alignment.safetensors, and "align": {"spec": "shift:0.4", "gap": [...]} with the direction of a
// shift.
//
// Of several yes/no labels it is version 2, and has in the place of label, classes, temperature and
// thresholds
//
//    "labels": [{"label": "itch", "classes": ["False", "True"], "temperature": ..,
//                "thresholds": [..]}, ..]
//
// in the order of the model's outputs. It is read as a Bundle for each label.
//
// Numbers are written so that they read back as they were, to the bit.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "align/alignment.h"
#include "bundle/drift.h"
#include "bundle/kept_cases.h"
#include "bundle/training_summary.h"
#include "bundle/vector_recipe.h"
#include "data/split.h"
#include "experiment/assessment.h"
#include "experiment/run.h"
#include "fusion/weights.h"

namespace puente {

struct Bundle {
  std::string label;                 // the column that it was trained on
  std::vector<std::string> classes;  // [K]
  std::optional<ClassOrder> order;   // of an ordinal label
  FusionWeights weights;
  Alignment alignment;
  Fitted fitted;
  std::optional<TrainingMoments> image;  // nothing: it takes no image vectors
  std::optional<TrainingMoments> text;
  VectorRecipes recipes;
  std::optional<TrainingSummary> training = {};  // nothing in older bundles
  AbsentHalves absent = {};                      // empty in older bundles
  std::shared_ptr<const KeptCases> cases = {};   // where they were kept
};

/// `result` and `fitted` as trained with this split, not under --protocol paper.
Bundle make_bundle(const Dataset& dataset, const Split& split, const RunResult& result,
                   const Fitted& fitted, const VectorRecipes& recipes);

/// One for each label, with that label's part of the classifier.
std::vector<Bundle> make_bundle(const MultiLabelDataset& dataset, const Split& split,
                                const MultiLabelRunResult& result,
                                const std::vector<Fitted>& fitted, const VectorRecipes& recipes);

/// The training cases, into a bundle of the same dataset and split (or into each of several
/// labels'); names are from `column`. UserError where that is not there.
void keep_cases(Bundle& bundle, const Dataset& dataset, const Split& split,
                const std::string& column);
void keep_cases(std::vector<Bundle>& labels, const MultiLabelDataset& dataset, const Split& split,
                const std::string& column);

/// bundle.json, into a folder that has the bundle's model.safetensors already.
void save_bundle(const Bundle& bundle, const std::filesystem::path& folder);
void save_bundle(const std::vector<Bundle>& labels, const std::filesystem::path& folder);

/// UserError names the file and what is wrong: no folder, no bundle, another version, a field that
/// is missing or not what it should be, another model than the bundle's.
/// One for each label.
std::vector<Bundle> load_bundle(const std::filesystem::path& folder);

}  // namespace puente
