// CLIP (Radford et al. 2021), forward only, from a Hugging Face directory: a vision transformer and
// a causal text transformer, both projected into one space and L2-normalised.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "puente/matrix.h"

#include "image/preprocess.h"
#include "text/clip_tokenizer.h"

namespace puente {

struct ClipVisionConfig {
  int64_t hidden = 0, layers = 0, heads = 0, mlp = 0, image_size = 0, patch_size = 0;
  float layer_norm_epsilon = 1e-5f;
};

struct ClipTextConfig {
  int64_t hidden = 0, layers = 0, heads = 0, mlp = 0, vocabulary = 0, positions = 0;
  int64_t end_token = 49407;  // eos_token_id: where a text's vector is taken
  float layer_norm_epsilon = 1e-5f;
};

struct ClipConfig {
  ClipVisionConfig vision;
  ClipTextConfig text;
  int64_t projection = 0;
  bool quick_gelu = true;
  bool untrained = false;  // config.json says "puente_untrained": true; made by write_random_clip
};

/// Reads DIR/config.json. UserError if it describes another architecture, naming it and those
/// known.
ClipConfig read_clip_config(const std::filesystem::path& folder);

/// Which halves to load: a text-only job need not hold the vision weights.
struct ClipParts {
  bool vision = true;
  bool text = true;
};

class Clip {
 public:
  /// Weights are packed once and shared by all workers; the file's pages are given back afterwards.
  /// UserError names the tensor that is missing, has a wrong shape, or holds NaN.
  explicit Clip(const std::filesystem::path& folder, ClipParts parts = {});
  ~Clip();
  Clip(Clip&&) noexcept;

  const ClipConfig& config() const;
  const PixelRecipe& pixel_recipe() const;
  const ClipTokenizer& tokenizer() const;
  int64_t dimension() const { return config().projection; }
  int64_t weight_bytes() const;  // packed, in memory

  /// One per worker thread: the buffers of a forward pass. Weights stay in Clip.
  class Worker {
   public:
    virtual ~Worker() = default;
  };
  std::unique_ptr<Worker> make_worker() const;

  /// pixels [B, 3, S, S] -> embeddings [B, dimension()], each of unit length. Runs on the calling
  /// thread only; several workers may run at once. The result for a row does not depend on B.
  void encode_images(Worker& worker, std::span<const float> pixels, int64_t batch,
                     MatrixView<float> embeddings) const;
  /// token ids as ClipTokenizer gives them -> embeddings [B, dimension()], each of unit length.
  void encode_texts(Worker& worker, std::span<const TokenizedText> texts,
                    MatrixView<float> embeddings) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace puente
