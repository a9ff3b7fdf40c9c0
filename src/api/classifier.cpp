
#include "puente/puente.h"

#include "align/alignment.h"
#include "base/error.h"
#include "base/threads.h"
#include "experiment/run.h"
#include "fusion/trainer.h"
#include "store/table_io.h"

namespace puente {

std::string_view version() { return PUENTE_VERSION; }

EmbeddingTable read_embedding_table(const std::filesystem::path& path) { return read_table(path); }

void write_embedding_table(const EmbeddingTable& table, const std::filesystem::path& path) {
  write_table(table, path);
}

struct Classifier::Impl {
  Alignment alignment;
  FusionWeights weights;
  std::vector<std::string> classes;
  Scores scores;
  int threads;
};

Classifier::Classifier(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Classifier::~Classifier() = default;
Classifier::Classifier(Classifier&&) noexcept = default;
Classifier& Classifier::operator=(Classifier&&) noexcept = default;

Classifier Classifier::train(const EmbeddingTable& table, const ClassifierOptions& options) {
  RunPlan plan;
  plan.fusion = options.late_fusion ? FusionKind::late : FusionKind::early;
  plan.align = AlignSpec::parse(options.align);
  plan.epochs = options.epochs;
  plan.protocol.seed = options.split_seed;
  plan.options.seed = options.seed;
  plan.options.threads = options.threads > 0 ? options.threads : available_cores();

  const Dataset dataset = make_dataset(table, {.label = options.label, .group = options.group});
  const Split split = make_split(dataset, plan.protocol);
  Alignment alignment(plan.align, dataset.table, split.train);
  RunResult result = run(dataset, split, alignment.apply(dataset.table), plan, {});
  return Classifier(std::make_unique<Impl>(Impl{
      std::move(alignment), std::move(result.weights), dataset.labels.names,
      Scores{result.test.accuracy, result.test.macro_f1, result.test.auc}, plan.options.threads}));
}

const std::vector<std::string>& Classifier::classes() const { return impl_->classes; }
const Scores& Classifier::test_scores() const { return impl_->scores; }

Matrix Classifier::probabilities(const Matrix& images, const Matrix& texts) const {
  const FusionShape& shape = impl_->weights.shape;
  if (images.cols() != shape.image_dim || texts.cols() != shape.text_dim) {
    fail("the classifier was trained on images {} wide and texts {} wide; these are {} and {}",
         shape.image_dim, shape.text_dim, images.cols(), texts.cols());
  }
  if (images.cols() > 0 && texts.cols() > 0 && images.rows() != texts.rows()) {
    fail("{} image vectors but {} text vectors", images.rows(), texts.rows());
  }
  EmbeddingTable table;
  table.image = images;
  table.text = texts;
  const AlignedTable aligned = impl_->alignment.apply(table);
  const std::vector<int32_t> rows = first_numbers(static_cast<size_t>(aligned.features.rows()));
  Matrix probabilities;
  predict_probabilities(impl_->weights, aligned.features, rows, impl_->threads, probabilities);
  return probabilities;
}

}  // namespace puente
