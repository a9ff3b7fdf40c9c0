#include "cli/finetune_frozen.h"

#include <algorithm>
#include <utility>

#include "base/resources.h"
#include "base/temporary_folder.h"
#include "compare/paper_bytes.h"
#include "data/rows_at.h"
#include "finetune/trainer.h"
#include "fusion/batches.h"
#include "fusion/trainer.h"

namespace puente::cli {
namespace {

int64_t backbone_parameters(const FinetuneJob& job) {
  FinetuneOptions options;
  options.fusion = job.plan.fusion;
  options.classes = job.question.classes();
  return FinetuneTrainer(job.models.image, job.models.text, options, {}).memory(1).parameters;
}

/// --budget with --freeze: seconds that the vectors of all rows would take, from those of a few;
/// and which share these are.
struct FeatureEstimate {
  double seconds = 0;
  double share = 1;
  int64_t longest_text = 0;
  int64_t dimensions = 0;  // of both vectors
};

FeatureEstimate estimate_features(const FinetuneJob& job) {
  const Manifest& manifest = job.manifest;
  constexpr int64_t kRows = 64;
  const int64_t count = std::min(kRows, manifest.rows());
  std::vector<int64_t> few;
  for (int64_t i = 0; i < count; ++i) few.push_back(i * manifest.rows() / count);
  const TemporaryFolder folder;
  Silent silent;
  const EmbedReport report = embed(
      embed_request(job.o, rows_at(manifest, few), job.models, folder.path() / "few.safetensors"),
      silent);
  const double share = static_cast<double>(count) / static_cast<double>(manifest.rows());
  return {(report.image_seconds + report.text_seconds) / share, share, report.longest_text,
          report.image_dim + report.text_dim};
}

/// An epoch of the classifier, on vectors of zeros: they take as long as any.
struct HeadSeconds {
  double train = 0;
  double inference = 0;
};

HeadSeconds time_head(const FinetuneJob& job, int64_t dimensions) {
  const Dataset& dataset = job.question;
  const Split& split = job.split;
  const Matrix features(dataset.rows(), dimensions);
  const FusionShape shape{job.plan.fusion, dimensions / 2, dimensions - dimensions / 2,
                          dataset.classes()};
  FusionTrainer trainer(shape, job.plan.options, {features, dataset.labels.of_row}, split.train,
                        {});
  HeadSeconds seconds;
  const Stopwatch training;
  trainer.train_epoch();
  seconds.train = training.seconds();
  const Stopwatch inference;
  Matrix probabilities;
  trainer.probabilities(split.validation.empty() ? split.test : split.validation, probabilities);
  seconds.inference = inference.seconds();
  return seconds;
}

}  // namespace

void finetune_frozen(const FinetuneJob& job, Progress& progress) {
  const FinetuneCommand& o = job.o;
  const RunPlan& plan = job.plan;
  Json cost = {{"model_bytes", paper_model_bytes(backbone_parameters(job))}};
  const int64_t steps = std::ssize(batch_bounds(std::ssize(job.split.train), o.batch)) - 1;
  cost["steps_per_epoch"] = steps;
  if (o.budget_seconds) {
    const FeatureEstimate estimate = estimate_features(job);
    if (estimate.seconds > *o.budget_seconds) {
      cost["feature_seconds"] = estimate.seconds;
      cost["dataset_bytes_per_epoch"] = bytes_per_epoch(job, estimate.longest_text);
      const HeadSeconds head = time_head(job, estimate.dimensions);
      cost["train_seconds_per_epoch"] = head.train;
      cost["inference_seconds_per_epoch"] = head.inference;
      cost["seconds_per_step"] = head.train / static_cast<double>(steps);
      cost["extrapolated"] = true;
      cost["measured_share"] = estimate.share;
      cost["peak_memory_bytes"] = peak_memory_bytes();
      finish_without_result(job, cost);
      return;
    }
  }
  const Stopwatch features_watch;
  const Features features = features_by(job, job.models, progress);
  std::vector<Finding> findings = audit_features(o, features, true);
  cost["feature_seconds"] = features_watch.seconds();
  const AlignedTable aligned =
      align_for(features.dataset, features.split, plan.protocol.kind, plan.align);
  progress.begin("training", "epochs", most_epochs(features.split, plan));
  RunResult result =
      run(features.dataset, features.split, aligned, plan, [&] { progress.advance(1); });
  progress.end();
  double inference = 0;
  for (const EpochRecord& epoch : result.epochs) {
    inference += epoch.inference_seconds / static_cast<double>(result.epochs.size());
  }
  cost["dataset_bytes_per_epoch"] = bytes_per_epoch(job, features.longest_text);
  cost["trained_parameters"] = result.shape.parameters();
  cost["train_seconds_per_epoch"] = result.train_seconds_per_epoch;
  cost["inference_seconds_per_epoch"] = inference;
  cost["seconds_per_step"] = result.train_seconds_per_epoch / static_cast<double>(steps);
  cost["extrapolated"] = false;
  cost["measured_share"] = 1.0;
  cost["peak_memory_bytes"] = peak_memory_bytes();
  finish_with_result(job, features, result, std::move(findings), cost);
}

}  // namespace puente::cli
