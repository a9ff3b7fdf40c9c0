#include "cone/cone_study.h"

#include <algorithm>
#include <fmt/format.h>
#include <mutex>
#include <span>
#include <utility>

#include "puente/table.h"

#include "align/gap.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/temporary_folder.h"
#include "base/threads.h"
#include "demo/random_twin.h"
#include "embed/texts.h"

namespace puente {
namespace {

// So many batches for each thread have their pixels in memory at a time.
constexpr int64_t kConeBatches = 4;

/// After every layer, [inputs, C] each.
using States = std::vector<Matrix>;

/// What an encoder's ReceiveStates writes into.
class StateKeeper {
 public:
  StateKeeper(int64_t layers, int64_t inputs)
      : inputs_(inputs), states_(static_cast<size_t>(layers) + 2) {}

  /// Called by several threads.
  void put(int64_t layer, int64_t first, MatrixView<const float> some) {
    const std::lock_guard lock(mutex_);
    Matrix& states = states_[static_cast<size_t>(layer)];
    if (states.cols() == 0) states = Matrix(inputs_, some.cols);
    for (int64_t i = 0; i < some.rows; ++i) {
      std::copy_n(some.row(i), some.cols, states.row(first + i));
    }
  }
  States take() { return std::move(states_); }

 private:
  std::mutex mutex_;
  int64_t inputs_;
  States states_;
};

States image_states(const ImageEncoder& encoder, const Sample& sample, int threads,
                    Progress& progress) {
  const PixelRecipe& recipe = encoder.pixel_recipe();
  const int64_t size = int64_t{3} * recipe.height() * recipe.width();
  const auto count = static_cast<int64_t>(sample.images.size());
  const int64_t at_once = encoder.batch(), block = at_once * threads * kConeBatches;
  StateKeeper keeper(encoder.layers(), count);
  std::vector<EncoderWorker> workers(static_cast<size_t>(threads));
  std::vector<float> pixels;
  for (int64_t start = 0; start < count; start += block) {
    const int64_t there = std::min(block, count - start);
    load_sample_pixels(sample, recipe, start, there, threads, pixels);
    parallel_for((there + at_once - 1) / at_once, threads, [&](int64_t item, int worker) {
      check_interrupt();
      const int64_t first = item * at_once, batch = std::min(at_once, there - first);
      encoder.layer_states(workers[static_cast<size_t>(worker)],
                           std::span(pixels).subspan(static_cast<size_t>(first * size),
                                                     static_cast<size_t>(batch * size)),
                           batch, [&](int64_t layer, int64_t, MatrixView<const float> states) {
                             keeper.put(layer, start + first, states);
                           });
      progress.advance(batch);
    });
  }
  return keeper.take();
}

States text_states(const TextEncoder& encoder, const Sample& sample, int threads,
                   Progress& progress) {
  const std::vector<TokenizedText> tokens = tokenize(sample.texts, encoder, sample.truncate);
  StateKeeper keeper(encoder.layers(), static_cast<int64_t>(tokens.size()));
  encoder.layer_states(tokens, threads,
                       [&](int64_t layer, int64_t first, MatrixView<const float> states) {
                         keeper.put(layer, first, states);
                         if (layer == encoder.layers() + 1) progress.advance(states.rows);
                       });
  return keeper.take();
}

/// Of one modality of one data set, while encoders come by.
struct Measured {
  DataCone cone;
  std::vector<VarianceByEncoder> variances;  // of each layer

  void add(States states, bool loaded) {
    cone.inputs = states.front().rows();
    cone.layers.resize(states.size());
    variances.resize(states.size());
    for (size_t layer = 0; layer < states.size(); ++layer) {
      if (!loaded) variances[layer].add(states[layer]);
      EmbeddingTable table;
      table.image = std::move(states[layer]);
      const GapMeasures measures = measure_gap(table);
      if (loaded) {
        cone.layers[layer].loaded_cosine = measures.image_cosine;
        cone.layers[layer].loaded_variance = measures.image_variance;
      } else {
        cone.layers[layer].random_cosines.push_back(measures.image_cosine);
      }
    }
  }
  DataCone finish() {
    for (size_t layer = 0; layer < cone.layers.size(); ++layer) {
      if (variances[layer].encoders() == 0) continue;
      cone.layers[layer].variance = variances[layer].parts();
    }
    return std::move(cone);
  }
};

class Study {
 public:
  Study(const ConeRequest& request, Progress& progress)
      : request_(request),
        progress_(progress),
        sample_(draw_sample(request.sample, request.threads, progress)) {
    if (request.general) general_ = draw_sample(*request.general, request.threads, progress);
  }

  ConeStudy run() {
    ConeStudy study;
    study.rows = sample_.manifest.rows();
    study.rows_there = sample_.rows_there;
    const EncoderParts parts = {.image = !sample_.images.empty(),
                                .text = !sample_.texts.texts.empty()};
    add_loaded(parts, study);
    for (int64_t i = 0; i < request_.encoders; ++i) {
      study.seeds.push_back(request_.seed + static_cast<uint64_t>(i));
      add_random(study.seeds.back(), parts,
                 fmt::format("random weights {} of {}", i + 1, request_.encoders));
    }
    if (study.image) study.image->own = image_.finish();
    if (study.image && general_) study.image->general = general_image_.finish();
    if (study.text) study.text->own = text_.finish();
    return study;
  }

 private:
  /// Whose weights are gone before others come.
  void add_loaded(EncoderParts parts, ConeStudy& study) {
    const LoadedEncoder loaded = load_encoder(request_.encoder, parts, request_.settings);
    study.architecture = loaded.architecture;
    study.untrained = loaded.untrained;
    if (loaded.image) study.image.emplace().position = loaded.image->position();
    if (loaded.text) study.text.emplace().position = loaded.text->position();
    add(loaded, "loaded weights", true);
  }

  void add(const LoadedEncoder& encoder, const std::string& what, bool loaded) {
    size_t inputs = encoder.image ? sample_.images.size() : 0;
    if (encoder.image && general_) inputs += general_->images.size();
    if (encoder.text) inputs += sample_.texts.texts.size();
    progress_.begin(what, "inputs", static_cast<int64_t>(inputs));
    const int threads = request_.threads;
    if (encoder.image) {
      image_.add(image_states(*encoder.image, sample_, threads, progress_), loaded);
      if (general_) {
        general_image_.add(image_states(*encoder.image, *general_, threads, progress_), loaded);
      }
    }
    if (encoder.text) text_.add(text_states(*encoder.text, sample_, threads, progress_), loaded);
    progress_.end();
  }

  void add_random(uint64_t seed, EncoderParts parts, const std::string& what) {
    const TemporaryFolder scratch;
    check_interrupt();
    const std::filesystem::path twin =
        write_random_twin(request_.encoder, seed, scratch.path() / "encoder");
    add(load_encoder(twin, parts, request_.settings), what, false);
  }

  const ConeRequest& request_;
  Progress& progress_;
  Sample sample_;
  std::optional<Sample> general_;
  Measured image_, general_image_, text_;
};

}  // namespace

ConeStudy study_cone(const ConeRequest& request, Progress& progress) {
  return Study(request, progress).run();
}

}  // namespace puente
