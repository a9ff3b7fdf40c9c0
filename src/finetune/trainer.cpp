#include "finetune/trainer.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/threads.h"
#include "data/rows_at.h"
#include "data/split.h"
#include "finetune/text_backbone.h"
#include "finetune/vision_backbone.h"
#include "formats/safetensors.h"
#include "fusion/batches.h"
#include "fusion/engine.h"
#include "fusion/plain_gradient.h"
#include "fusion/trainer.h"
#include "nn/adamw.h"
#include "nn/flush_denormals.h"
#include "nn/panels.h"
#include "tensor/part.h"

namespace puente {
namespace {

/// A product's weights are packed once for a part; of so many rows, packing is a hundredth.
constexpr int64_t kRowsOfPart = 3200;
/// Numbers that the optimiser works on at a time; also whose squares are summed before all sums
/// are, so that the sum does not depend on threads.
constexpr int64_t kSlice = 1 << 16;

/// The rows of a batch that a backbone works on together: [bounds[i], bounds[i + 1]).
std::vector<int64_t> part_bounds(std::span<const int64_t> tokens, int64_t most_tokens) {
  std::vector<int64_t> bounds = {0};
  int64_t sum = 0;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (sum > 0 && sum + tokens[i] > most_tokens) {
      bounds.push_back(static_cast<int64_t>(i));
      sum = 0;
    }
    sum += tokens[i];
  }
  bounds.push_back(static_cast<int64_t>(tokens.size()));
  return bounds;
}

/// The rows [first, end) of a batch, whose sequences have so many tokens.
RowsOfPart cut_part(const RawRows& data, std::span<const int32_t> rows,
                    std::span<const int64_t> tokens, int64_t first, int64_t end) {
  const auto begin = static_cast<size_t>(first), count = static_cast<size_t>(end - first);
  RowsOfPart part{data, rows.subspan(begin, count), {}};
  part.part.first_row = {0};
  for (const int64_t own : tokens.subspan(begin, count)) {
    part.part.first_row.push_back(part.part.first_row.back() + own);
  }
  part.part.first_sequence = first;
  return part;
}

std::vector<int64_t> tokens_of(const Backbone& backbone, const RawRows& data,
                               std::span<const int32_t> rows) {
  std::vector<int64_t> tokens;
  for (const int32_t row : rows) tokens.push_back(backbone.tokens(data, row));
  return tokens;
}

MatrixView<float> columns(Matrix& x, int64_t first, int64_t count) {
  return part_of(x.view(), 0, x.rows(), first, count);
}

template <class Body>
void in_number_slices(size_t size, int threads, Body&& body) {
  const auto all = static_cast<int64_t>(size);
  parallel_for((all + kSlice - 1) / kSlice, threads, [&](int64_t i, int) {
    body(i, static_cast<size_t>(i * kSlice),
         static_cast<size_t>(std::min(kSlice, all - i * kSlice)));
  });
}

double sum_of_squares(std::span<const float> numbers, int threads) {
  std::vector<double> parts(numbers.size() / static_cast<size_t>(kSlice) + 1);
  in_number_slices(numbers.size(), threads, [&](int64_t i, size_t first, size_t count) {
    double sum = 0;
    for (const float value : numbers.subspan(first, count)) {
      sum += static_cast<double>(value) * static_cast<double>(value);
    }
    parts[static_cast<size_t>(i)] = sum;
  });
  double sum = 0;
  for (const double part : parts) sum += part;
  return sum;
}

/// A backbone in a training step: how its batch is cut, and what is kept between forward and
/// backward.
class BackbonePass {
 public:
  BackbonePass(Backbone& backbone, const RawRows& data, std::span<const int32_t> rows,
               int64_t activation_bytes, const DropoutMask& dropout, int threads,
               std::vector<BackboneActivations>& kept, BackboneWorkspace& work)
      : backbone_(backbone),
        data_(data),
        rows_(rows),
        dropout_(dropout),
        threads_(threads),
        kept_(kept),
        work_(work),
        tokens_(tokens_of(backbone, data, rows)) {
    const int64_t per_token = backbone.activation_bytes();
    const int64_t most =
        per_token > 0 ? std::min(kRowsOfPart, activation_bytes / per_token) : kRowsOfPart;
    bounds_ = part_bounds(tokens_, most);
    int64_t bytes = 0;
    for (parts_kept_ = 0; parts_kept_ + 1 < bounds_.size(); ++parts_kept_) {
      bytes += rows_of_part(parts_kept_).part.rows() * per_token;
      if (parts_kept_ > 0 && bytes > activation_bytes) break;
    }
    kept_.resize(std::max(kept_.size(), parts_kept_));
  }

  /// Those parts that are kept come last, so that the first store is that of the first part.
  void forward(MatrixView<float> vectors) {
    for (size_t i = bounds_.size() - 1; i-- > 0;) {
      const RowsOfPart part = rows_of_part(i);
      backbone_.forward(part, threads_, i < parts_kept_ ? &kept_[i] : nullptr, work_,
                        own(vectors, i));
    }
  }

  /// In the order of the batch: then sums do not depend on how it was cut.
  void backward(MatrixView<float> dvectors) {
    for (size_t i = 0; i + 1 < bounds_.size(); ++i) {
      const RowsOfPart part = rows_of_part(i);
      BackboneActivations& kept = i < parts_kept_ ? kept_[i] : kept_.front();
      if (i >= parts_kept_) {
        Matrix again(part.part.sequences(), backbone_.width());
        backbone_.forward(part, threads_, &kept, work_, again.view());
      }
      backbone_.backward(part, threads_, kept, work_, own(dvectors, i));
    }
  }

 private:
  RowsOfPart rows_of_part(size_t i) const {
    RowsOfPart part = cut_part(data_, rows_, tokens_, bounds_[i], bounds_[i + 1]);
    part.part.training = true;
    part.part.seed = dropout_.seed;
    part.part.step = dropout_.step;
    return part;
  }

  MatrixView<float> own(MatrixView<float> vectors, size_t i) const {
    return rows_of(vectors, bounds_[i], bounds_[i + 1] - bounds_[i]);
  }

  Backbone& backbone_;
  const RawRows& data_;
  std::span<const int32_t> rows_;
  DropoutMask dropout_;
  int threads_;
  std::vector<BackboneActivations>& kept_;
  BackboneWorkspace& work_;
  std::vector<int64_t> tokens_;
  std::vector<int64_t> bounds_;
  size_t parts_kept_ = 0;
};

}  // namespace

struct FinetuneTrainer::Impl {
  FinetuneOptions options;
  VisionBackbone image;
  TextBackbone text;
  FusionShape shape;
  Criterion<float> criterion;
  FusionWeights head, mean, square;
  int64_t steps = 0;
  // Memory that goes from step to step.
  std::vector<BackboneActivations> image_kept, text_kept;
  BackboneWorkspace work;

  Impl(const std::filesystem::path& image_model, const std::filesystem::path& text_model,
       const FinetuneOptions& asked, std::span<const double> class_weights)
      : options(asked),
        image(image_model, asked.trained_blocks),
        text(text_model, asked.trained_blocks),
        shape{asked.fusion, image.width(), text.width(), asked.classes},
        criterion(criterion_of<float>(shape, class_weights)),
        head(initial_fusion_weights<float>(shape, asked.head.seed)),
        mean(zero_fusion_weights<float>(shape)),
        square(zero_fusion_weights<float>(shape)) {
    if (asked.head.batch < 2) fail("a batch needs at least two rows, got {}", asked.head.batch);
    PUENTE_ASSERT(asked.steps > 0 && asked.warm_up >= 0 && asked.warm_up <= 1 && asked.clip > 0);
  }

  /// Of step t, from 1.
  double schedule(int64_t t) const {
    const auto all = static_cast<double>(options.steps), now = static_cast<double>(t);
    const double rising = std::floor(options.warm_up * all);
    if (now <= rising) return now / rising;
    return std::max(0.0, (all - now + 1) / (all - rising + (rising > 0 ? 1 : 0)));
  }

  /// Shares of the memory for activations: as the two backbones need it for all rows.
  std::pair<int64_t, int64_t> shares(const RawRows& data, std::span<const int32_t> rows) const {
    double need[2] = {};
    const Backbone* const both[] = {&image, &text};
    for (size_t i = 0; i < 2; ++i) {
      for (const int32_t row : rows) need[i] += static_cast<double>(both[i]->tokens(data, row));
      need[i] *= static_cast<double>(both[i]->activation_bytes());
    }
    const double of_image = need[0] / (need[0] + need[1]);
    const auto bytes =
        static_cast<int64_t>(of_image * static_cast<double>(options.activation_bytes));
    return {bytes, options.activation_bytes - bytes};
  }

  /// Fills the gradients of the backbones and `gradient`; returns the loss.
  double differentiate(const RawRows& data, std::span<const int32_t> rows,
                       std::span<const int32_t> label, FusionWeights& gradient) {
    const int threads = options.head.threads;
    const auto step = static_cast<uint64_t>(steps);
    const auto [image_bytes, text_bytes] = shares(data, rows);
    // Streams of their own: places in the two backbones and the head have the same numbers.
    BackbonePass pictures(image, data, rows, image_bytes, {0, options.head.seed * 4 + 1, step},
                          threads, image_kept, work);
    BackbonePass texts(text, data, rows, text_bytes, {0, options.head.seed * 4 + 2, step}, threads,
                       text_kept, work);
    Matrix features(static_cast<int64_t>(rows.size()), shape.image_dim + shape.text_dim);
    pictures.forward(columns(features, 0, shape.image_dim));
    texts.forward(columns(features, shape.image_dim, shape.text_dim));
    Matrix dfeatures;
    const double loss = plain_fusion_gradient<float>(
        head, {features, label, criterion, {options.head.dropout, options.head.seed * 4, step}},
        gradient, dfeatures);
    image.parameters().clear_gradient();
    text.parameters().clear_gradient();
    texts.backward(columns(dfeatures, shape.image_dim, shape.text_dim));
    pictures.backward(columns(dfeatures, 0, shape.image_dim));
    return loss;
  }

  /// Makes the whole gradient no longer than options.clip.
  void clip(FusionWeights& gradient) {
    const int threads = options.head.threads;
    const std::span<float> large[] = {image.parameters().gradient(), text.parameters().gradient()};
    double squares = 0;
    for (const std::span<float> numbers : large) squares += sum_of_squares(numbers, threads);
    for (const auto& tensor : tensors_of(gradient)) {
      if (tensor.trained) squares += sum_of_squares(tensor.values, 1);
    }
    const double length = std::sqrt(squares);
    if (!(length > options.clip)) return;
    const auto factor = static_cast<float>(options.clip / length);
    for (const std::span<float> numbers : large) {
      in_number_slices(numbers.size(), threads, [&](int64_t, size_t first, size_t count) {
        for (float& value : numbers.subspan(first, count)) value *= factor;
      });
    }
    for (const auto& tensor : tensors_of(gradient)) {
      for (float& value : tensor.values) value *= factor;
    }
  }

  void move(const FusionWeights& gradient) {
    const double factor = schedule(++steps);
    const AdamWStep<float> own({.learning_rate = options.head.learning_rate * factor,
                                .weight_decay = options.head.weight_decay},
                               steps);
    const AdamWStep<float> backbones({.learning_rate = options.backbone_rate * factor,
                                      .weight_decay = options.head.weight_decay},
                                     steps);
    for (Parameters* p : {&image.parameters(), &text.parameters()}) {
      in_number_slices(p->trained().size(), options.head.threads,
                       [&](int64_t, size_t first, size_t count) {
                         panel_adamw(backbones, static_cast<int64_t>(count),
                                     p->trained().data() + first, p->gradient().data() + first,
                                     p->mean().data() + first, p->square().data() + first);
                       });
    }
    const auto w = tensors_of(head), m = tensors_of(mean), v = tensors_of(square);
    const auto g = tensors_of(gradient);
    for (size_t t = 0; t < w.size(); ++t) {
      if (w[t].trained) own.update(w[t].values, g[t].values, m[t].values, v[t].values);
    }
  }
};

FinetuneTrainer::FinetuneTrainer(const std::filesystem::path& image_model,
                                 const std::filesystem::path& text_model,
                                 const FinetuneOptions& options,
                                 std::span<const double> class_weights)
    : impl_(std::make_unique<Impl>(image_model, text_model, options, class_weights)) {}
FinetuneTrainer::~FinetuneTrainer() = default;
FinetuneTrainer::FinetuneTrainer(FinetuneTrainer&&) noexcept = default;

const FusionShape& FinetuneTrainer::shape() const { return impl_->shape; }
int64_t FinetuneTrainer::steps_taken() const { return impl_->steps; }
void FinetuneTrainer::set_activation_bytes(int64_t bytes) {
  impl_->options.activation_bytes = bytes;
}
FusionWeights FinetuneTrainer::head() const { return impl_->head; }

double FinetuneTrainer::step(const RawRows& data, std::span<const int32_t> rows,
                             std::span<const int32_t> label) {
  PUENTE_ASSERT(rows.size() >= 2 && rows.size() == label.size());
  const FlushDenormals flush;
  FusionWeights gradient;
  const double loss = impl_->differentiate(data, rows, label, gradient);
  impl_->clip(gradient);
  impl_->move(gradient);
  return loss;
}

double FinetuneTrainer::gradient(const RawRows& data, std::span<const int32_t> rows,
                                 std::span<const int32_t> label,
                                 std::vector<TensorGradient>& tensors) {
  const FlushDenormals flush;
  const FusionWeights before = impl_->head;  // its running statistics move
  FusionWeights gradient;
  const double loss = impl_->differentiate(data, rows, label, gradient);
  impl_->head = before;
  tensors.clear();
  const auto backbone = [&](const std::string& name, Parameters& parameters) {
    for (const ParameterLayout::Tensor& tensor : parameters.layout().tensors()) {
      if (!parameters.is_trained(tensor)) continue;
      const std::span<const float> numbers = parameters.gradient(tensor);
      tensors.push_back({name + "." + tensor.name, {numbers.begin(), numbers.end()}});
    }
  };
  backbone("image", impl_->image.parameters());
  backbone("text", impl_->text.parameters());
  for (const auto& tensor : tensors_of(std::as_const(gradient))) {
    if (!tensor.trained) continue;
    tensors.push_back({"head." + tensor.name, {tensor.values.begin(), tensor.values.end()}});
  }
  return loss;
}

FinetuneMemory FinetuneTrainer::memory(int64_t longest_text) const {
  const FinetuneOptions& o = impl_->options;
  constexpr int64_t kFloat = sizeof(float);
  FinetuneMemory memory;
  const auto count = [&](const Backbone& backbone) {
    const Parameters& p = backbone.parameters();
    memory.parameters += p.layout().parameters();
    memory.trained += p.trained_parameters();
    memory.weights += kFloat * (p.layout().size() + 3 * static_cast<int64_t>(p.trained().size()));
  };
  count(impl_->image);
  count(impl_->text);
  memory.parameters += impl_->shape.parameters();
  memory.trained += impl_->shape.parameters();
  memory.weights += 4 * kFloat * impl_->shape.parameters();

  // The fewest tokens that are worked on together are those of one row.
  const int64_t picture = impl_->image.picture_tokens();
  const int64_t image = impl_->image.activation_bytes(), text = impl_->text.activation_bytes();
  const int64_t whole = o.head.batch * (picture * image + longest_text * text);
  const int64_t one = picture * image + longest_text * text;
  memory.activations = std::max(one, std::min(whole, o.activation_bytes));
  const auto workspace = [&](const Backbone& backbone, int64_t tokens) {
    const int64_t most = std::min(kRowsOfPart, o.activation_bytes / backbone.activation_bytes());
    const int64_t rows = std::clamp(most, tokens, o.head.batch * tokens);
    return rows * backbone.workspace_bytes() + backbone.packed_bytes();
  };
  memory.activations +=
      std::max(workspace(impl_->image, picture), workspace(impl_->text, longest_text));
  return memory;
}

Matrix FinetuneTrainer::features(const RawRows& data, std::span<const int32_t> rows) const {
  const FlushDenormals flush;
  const FusionShape& shape = impl_->shape;
  Matrix features(static_cast<int64_t>(rows.size()), shape.image_dim + shape.text_dim);
  BackboneWorkspace work;
  const auto encode = [&](const Backbone& backbone, MatrixView<float> vectors) {
    const std::vector<int64_t> tokens = tokens_of(backbone, data, rows);
    const std::vector<int64_t> bounds = part_bounds(tokens, kRowsOfPart);
    for (size_t i = 0; i + 1 < bounds.size(); ++i) {
      backbone.forward(cut_part(data, rows, tokens, bounds[i], bounds[i + 1]),
                       impl_->options.head.threads, nullptr, work,
                       rows_of(vectors, bounds[i], bounds[i + 1] - bounds[i]));
    }
  };
  encode(impl_->image, columns(features, 0, shape.image_dim));
  encode(impl_->text, columns(features, shape.image_dim, shape.text_dim));
  return features;
}

Matrix FinetuneTrainer::probabilities(const Matrix& features) const {
  Matrix out;
  predict_probabilities(impl_->head, features, first_numbers(static_cast<size_t>(features.rows())),
                        impl_->options.head.threads, out);
  return out;
}

double FinetuneTrainer::loss(const Matrix& features, std::span<const int32_t> label) const {
  const FusionEngine<float> engine(impl_->head);
  const Matrix logits = engine.logits(row_pointers(features), impl_->options.head.threads);
  Matrix dlogits;
  return impl_->criterion.batch(logits, label, dlogits);
}

void FinetuneTrainer::write_image_model(const std::filesystem::path& folder) const {
  impl_->image.write(folder);
}

void FinetuneTrainer::write_text_model(const std::filesystem::path& folder) const {
  impl_->text.write(folder);
}

namespace {

// A checkpoint file: of each backbone NAME.trained, NAME.mean and NAME.square, each one row of all
// its trained numbers; of the head its tensors by their names, behind "head.", "head_mean." and
// "head_square.". Metadata: "format", "model" and "steps".
constexpr const char* kCheckpointFormat = "puente finetune checkpoint 1";

template <class Numbers>
struct NamedNumbers {
  std::string name;
  std::span<Numbers> numbers;
};

template <class Numbers, class Impl>
std::vector<NamedNumbers<Numbers>> numbers_of(Impl& impl) {
  std::vector<NamedNumbers<Numbers>> all;
  const auto backbone = [&](const std::string& name, auto& parameters) {
    all.push_back({name + ".trained", parameters.trained()});
    all.push_back({name + ".mean", parameters.mean()});
    all.push_back({name + ".square", parameters.square()});
  };
  backbone("image", impl.image.parameters());
  backbone("text", impl.text.parameters());
  const auto head = [&](const std::string& name, auto& weights) {
    for (const auto& tensor : tensors_of(weights)) {
      all.push_back({name + "." + tensor.name, tensor.values});
    }
  };
  head("head", impl.head);
  head("head_mean", impl.mean);
  head("head_square", impl.square);
  return all;
}

/// What a checkpoint must agree with to be gone on from.
std::string model_text(const FinetuneOptions& o, const Backbone& image, const Backbone& text) {
  return fmt::format(
      "{} fusion, {} classes, {} and {} trained blocks of width {} and {}, batch {}, rates {} and "
      "{}, warm-up {}, clip {}, decay {}, dropout {}, seed {}, {} steps",
      name_of(o.fusion), o.classes, image.trained_blocks(), text.trained_blocks(), image.width(),
      text.width(), o.head.batch, o.head.learning_rate, o.backbone_rate, o.warm_up, o.clip,
      o.head.weight_decay, o.head.dropout, o.head.seed, o.steps);
}

}  // namespace

void FinetuneTrainer::save(const std::filesystem::path& file) const {
  const auto all = numbers_of<const float>(std::as_const(*impl_));
  std::vector<TensorSpec> specs;
  for (const auto& one : all) {
    specs.push_back({one.name, DType::kF32, {static_cast<int64_t>(one.numbers.size())}});
  }
  SafetensorsWriter writer(file, specs,
                           {{"format", kCheckpointFormat},
                            {"model", model_text(impl_->options, impl_->image, impl_->text)},
                            {"steps", std::to_string(impl_->steps)}});
  for (const auto& one : all) writer.write(one.numbers);
  writer.commit();
}

void FinetuneTrainer::load(const std::filesystem::path& path) {
  const SafetensorsFile file(path);
  const auto metadata = [&](const std::string& key) {
    const auto found = file.metadata().find(key);
    return found == file.metadata().end() ? std::string() : found->second;
  };
  if (metadata("format") != kCheckpointFormat) {
    fail("{}: not a checkpoint of this version's finetune", path.string());
  }
  const std::string own = model_text(impl_->options, impl_->image, impl_->text);
  if (metadata("model") != own) {
    fail("{}: the checkpoint is of another training ({}); this one is of {}", path.string(),
         metadata("model"), own);
  }
  const auto all = numbers_of<float>(*impl_);
  for (const auto& one : all) {
    const TensorInfo& tensor = file.tensor(one.name);
    if (tensor.dtype != DType::kF32 ||
        tensor.elements() != static_cast<int64_t>(one.numbers.size())) {
      fail("{}: tensor {} is {} {}, expected F32 [{}]", path.string(), one.name,
           dtype_name(tensor.dtype), shape_text(tensor.shape), one.numbers.size());
    }
  }
  for (const auto& one : all) to_float(file.tensor(one.name), one.numbers);
  impl_->steps = std::stoll(metadata("steps"));
}

}  // namespace puente
