#include "cli/finetune_trained.h"

#include <fmt/format.h>
#include <utility>

#include "base/hash.h"
#include "base/resources.h"
#include "bundle/encoder_identity.h"
#include "compare/paper_bytes.h"
#include "data/pick.h"
#include "finetune/checkpoint.h"
#include "finetune/pixels_and_tokens.h"
#include "finetune/run.h"
#include "fusion/trainer.h"
#include "image/image_reading_json.h"

namespace puente::cli {
namespace {

constexpr double kGivenModelsRate = 2e-5;
/// Random weights have farther to go.
constexpr double kScratchRate = 5e-4;

Json cost_json(const FinetuneCost& cost) {
  return {{"model_bytes", paper_model_bytes(cost.memory.parameters)},
          {"trained_parameters", cost.memory.trained},
          {"train_seconds_per_epoch", cost.train_seconds_per_epoch},
          {"inference_seconds_per_epoch", cost.inference_seconds_per_epoch},
          {"steps_per_epoch", cost.steps_per_epoch},
          {"seconds_per_step", cost.seconds_per_step},
          {"extrapolated", cost.extrapolated},
          {"measured_share", cost.measured_share},
          {"planned_memory_bytes", cost.memory.total()},
          {"peak_memory_bytes", peak_memory_bytes()}};
}

Predictions predicted(const Dataset& dataset, const FusionWeights& head,
                      MatrixView<const float> features, const std::vector<int32_t>& rows,
                      int threads) {
  Predictions predictions;
  predict_probabilities(head, features, rows, threads, predictions.probabilities);
  predictions.label = labels_at(dataset.labels.of_row, rows);
  return predictions;
}

/// All that decides the weights but what FinetuneTrainer looks at itself.
std::string identity_of(const FinetuneJob& job) {
  const FinetuneCommand& o = job.o;
  Json words = {{"manifest", sha256_file(o.input.manifest).hex()},
                {"images", std::filesystem::absolute(o.input.images).string()},
                {"image_column", o.input.image_column},
                {"reading", image_reading_json(reading_of(o.input))},
                {"text", o.input.text_source()},
                {"label", o.label},
                {"group", o.group},
                {"min_groups", o.min_groups},
                {"protocol", o.protocol},
                {"split_seed", o.split_seed},
                {"epochs", o.epochs}};
  for (const auto& [name, folder] :
       {std::pair{"image_model", job.models.image}, std::pair{"text_model", job.models.text}}) {
    words[name] = encoder_identity(folder);
    words[name].erase("folder");
  }
  return words.dump();
}

}  // namespace

void finetune_trained(const FinetuneJob& job, Progress& progress) {
  const FinetuneCommand& o = job.o;
  const RunPlan& plan = job.plan;
  const PixelsAndTokens data({.manifest = job.manifest,
                              .rows = job.question.table_row,
                              .images = images_of(o),
                              .texts = {prompt_of(o.input, job.manifest), Truncate::end},
                              .image_model = job.models.image,
                              .text_model = job.models.text,
                              .place = o.out,
                              .threads = o.common.thread_count()},
                             progress);
  if (data.truncated_texts() > 0) {
    progress.note(fmt::format("{} of {} texts are longer than the model reads and lose their end",
                              data.truncated_texts(), data.count()));
  }
  FinetunePlan own;
  own.run = plan;
  own.trainer.backbone_rate = o.backbone_rate.value_or(o.scratch ? kScratchRate : kGivenModelsRate);
  own.trainer.warm_up = o.warm_up;
  own.trainer.clip = o.clip;
  own.trainer.trained_blocks = o.train_blocks;
  own.image_model = job.models.image;
  own.text_model = job.models.text;
  own.checkpoint = o.in_out("checkpoint");
  own.identity = identity_of(job);
  own.budget_seconds = o.budget_seconds;
  own.memory = static_cast<int64_t>(o.memory);
  const Models trained{o.in_out("image-model"), o.in_out("text-model")};
  FinetuneResult result = finetune({job.question, job.split, data, data.longest_text()}, own,
                                   {trained.image, trained.text}, progress);
  Json cost = cost_json(result.cost);
  cost["dataset_bytes_per_epoch"] = bytes_per_epoch(job, data.longest_text());
  if (!result.finished) return finish_without_result(job, cost);

  // From here on as with any other encoders: what evaluate will compute from the bundle.
  const Features features = features_by(job, trained, progress);
  std::vector<Finding> findings = audit_features(o, features, false);
  const AlignedTable aligned =
      align_for(features.dataset, features.split, plan.protocol.kind, plan.align);
  const auto scored = [&](const std::vector<int32_t>& rows) {
    return predicted(features.dataset, result.run.weights, aligned.features, rows,
                     o.common.thread_count());
  };
  result.run.predictions = scored(features.split.test);
  result.run.test = scores_of(features.dataset, result.run.predictions);
  if (plan.protocol.kind != Protocol::paper) {
    result.run.chosen_on = scored(features.split.validation);
  }
  result.run.log.push_back(
      dated(fmt::format("{} test rows were scored{}", features.split.test.size(),
                        plan.protocol.kind == Protocol::paper ? " after every epoch" : ", once")));
  cost["peak_memory_bytes"] = peak_memory_bytes();
  finish_with_result(job, features, result.run, std::move(findings), cost);
  FinetuneCheckpoint(own.checkpoint, own.identity).remove();
}

}  // namespace puente::cli
