// What fine-tuning is asked for, and what frozen and trained models have in common on the way from
// a manifest to a result.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/resources.h"
#include "cli/input_options.h"
#include "cli/training_options.h"
#include "embed/request.h"
#include "experiment/assessment.h"
#include "experiment/run.h"
#include "report/run_report.h"

namespace puente::cli {

struct FinetuneCommand : TrainingOptions {
  InputOptions input;
  std::string image_model, text_model;
  bool scratch = false;
  bool freeze = false;
  std::optional<int64_t> train_blocks;
  std::string fusion;
  int64_t batch = 64;
  double rate = 1e-3;
  std::optional<double> backbone_rate;
  double warm_up = 0.1;
  double clip = 1;
  std::optional<double> budget_seconds;
  uint64_t memory = 0;
  AssessmentPlan assessment;
  Wishes wishes;

  std::filesystem::path in_out(const char* name) const { return std::filesystem::path(out) / name; }
};

/// The two models' folders; with --scratch they are made, of the words of the training rows.
struct Models {
  std::filesystem::path image, text;
};

/// All that both ways need. What it names is borrowed.
struct FinetuneJob {
  const FinetuneCommand& o;
  const Manifest& manifest;
  const Models& models;
  const Dataset& question;  // the manifest's, without vectors
  const Split& split;       // of its rows
  const RunPlan& plan;
  Stopwatch total;
};

/// The vectors that stand for pictures and texts: their class tokens, after the last norm.
ImageInput images_of(const FinetuneCommand& o);
EmbedRequest embed_request(const FinetuneCommand& o, const Manifest& manifest, const Models& models,
                           const std::filesystem::path& table);

/// Vectors of all rows by the models as they are, with what `train` does from there.
struct Features {
  std::filesystem::path table;
  int64_t longest_text = 0;
  Dataset dataset;
  Split split;
};

Features features_by(const FinetuneJob& job, const Models& models, Progress& progress);

/// What the audit is told of the texts.
TrainingOptions audited(const FinetuneCommand& o);
/// The audit again, which now knows the pictures too. UserError as audit_before(), where it may
/// stop.
std::vector<Finding> audit_features(const FinetuneCommand& o, const Features& features,
                                    bool may_stop);

/// By the paper's formula, of the training rows.
int64_t bytes_per_epoch(const FinetuneJob& job, int64_t longest_text);
/// "cost" of metrics.json, for a person.
std::string cost_text(const Json& cost);
/// What stands where the budget ended the training.
void finish_without_result(const FinetuneJob& job, const Json& cost);
/// metrics.json, the bundle and the rest.
void finish_with_result(const FinetuneJob& job, const Features& features, RunResult& result,
                        std::vector<Finding> findings, const Json& cost);

}  // namespace puente::cli
