// What every encoder looks like from outside: pictures or texts in, vectors out. load_encoder()
// makes one from a folder as Hugging Face ships it; config.json says which architecture it is.
//
// Weights are packed once, shared by all threads and never change; each thread brings an
// EncoderWorker. A row's vector does not depend on the batch that it is in.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "puente/matrix.h"
#include "puente/progress.h"

#include "encoders/worker.h"
#include "image/preprocess.h"
#include "tensor/precision.h"
#include "text/tokenizer.h"

namespace puente {

/// Which vector stands for a picture or a text.
enum class Pool {
  cls,     // the class token's, after the last norm
  mean,    // the mean of the patches' (without class and register tokens), or of all tokens' of a
           // text
  pooler,  // the class token's through the model's own pooling layer
  last,    // the last token's
};

/// "cls", "mean", "pooler" or "last"; UserError for another word.
Pool pool_from_name(std::string_view name);
std::string_view name_of(Pool pool);

/// What stands for inputs first .. first + n after a layer: layer 0 is what enters the first layer,
/// layers() what leaves the last, [n, C], before any norm that follows; layers() + 1 is the vector
/// itself, [n, dimension()]. May be called by several threads.
using ReceiveStates =
    std::function<void(int64_t layer, int64_t first, MatrixView<const float> states)>;

class ImageEncoder {
 public:
  virtual ~ImageEncoder() = default;

  /// How a picture becomes the pixels that encode() takes.
  virtual const PixelRecipe& pixel_recipe() const = 0;
  virtual int64_t dimension() const = 0;
  virtual int64_t weight_bytes() const = 0;  // packed, in memory
  /// How many pictures encode() likes best: more are worked on in turn.
  virtual int64_t batch() const = 0;
  /// Multiplications and additions of the matrix products of one picture.
  virtual double flop() const = 0;
  /// pixels [B, 3, S, S] -> vectors [B, dimension()]. UserError where a vector is not finite.
  virtual void encode(EncoderWorker& worker, std::span<const float> pixels,
                      MatrixView<float> vectors) const = 0;

  virtual int64_t layers() const = 0;
  /// What stands for a picture on the way: "class token", or "mean of the patches" where the vector
  /// is made of all of them.
  virtual std::string_view position() const = 0;
  /// As encode(), of a batch, and says what stands for each picture after every layer.
  virtual void layer_states(EncoderWorker& worker, std::span<const float> pixels, int64_t batch,
                            const ReceiveStates& receive) const = 0;
};

/// How the texts of a whole job are worked on.
struct TextWork {
  int threads = 1;
  /// Bytes that the run may use; 0: what is free. Only models that see all texts at once ask.
  int64_t memory = 0;
  /// Where long work leaves what it has done, to go on from there after an interruption. Empty:
  /// nowhere.
  std::filesystem::path checkpoint = {};
  double checkpoint_seconds = 60;  // between one and the next
};

/// What the texts of a whole job come to.
struct TextPlan {
  int64_t tokens = 0;            // of all texts
  int64_t different_tokens = 0;  // of the different texts
  /// Tokens computed: fewer where texts that begin alike share their beginning.
  int64_t nodes = 0;
  int64_t passes = 1;  // over the weights
  int64_t memory = 0;  // bytes, about; 0: not known beforehand
  double flop = 0;     // of the matrix products
};

class TextEncoder {
 public:
  virtual ~TextEncoder() = default;

  /// At most max_tokens() ids.
  virtual TokenizedText tokenize(std::string_view text, Truncate truncate) const = 0;
  virtual int64_t max_tokens() const = 0;
  virtual const Tokenizer& tokenizer() const = 0;
  virtual int64_t dimension() const = 0;
  virtual int64_t weight_bytes() const = 0;
  /// How many tokens encode() likes best: more are worked on in turn.
  virtual int64_t batch_tokens() const = 0;
  virtual double flop(int64_t tokens) const = 0;
  /// texts of tokenize() -> vectors [B, dimension()]. UserError where a vector is not finite.
  virtual void encode(EncoderWorker& worker, std::span<const TokenizedText> texts,
                      MatrixView<float> vectors) const = 0;

  /// What encode_all() would do.
  virtual TextPlan plan(std::span<const TokenizedText> texts, const TextWork& work) const;
  /// About how long it would take on so many threads, from short runs of what it would do.
  virtual double estimate_seconds(const TextPlan& plan, int threads) const = 0;
  /// `vectors` [n, dimension()] are those of texts first .. first + n. Called by several threads.
  using Receive = std::function<void(int64_t first, MatrixView<const float> vectors)>;
  /// All texts, on all threads, in any order. UserError as encode(), and where the memory does not
  /// suffice; Interrupted. Returns its plan().
  virtual TextPlan encode_all(std::span<const TokenizedText> texts, const TextWork& work,
                              const Receive& receive, Progress& progress) const;

  virtual int64_t layers() const = 0;
  /// "last token", "first token" or "mean of the tokens".
  virtual std::string_view position() const = 0;
  /// Of all texts, on `threads` threads: what stands for each after every layer.
  virtual void layer_states(std::span<const TokenizedText> texts, int threads,
                            const ReceiveStates& receive) const = 0;
};

/// Which halves to load: a text-only job need not hold the vision weights.
struct EncoderParts {
  bool image = true;
  bool text = true;
};

struct EncoderSettings {
  Precision precision = Precision::fp32;
  std::optional<Pool> image_pool = {};  // what the architecture means, if not given
  std::optional<Pool> text_pool = {};
  bool normalise = false;  // to unit length; CLIP's and SigLIP's vectors always are
};

struct LoadedEncoder {
  std::string architecture;  // "clip", as config.json calls it
  bool untrained = false;    // config.json says "puente_untrained": true
  std::unique_ptr<ImageEncoder> image;
  std::unique_ptr<TextEncoder> text;
};

/// The halves asked for. UserError where the folder is not a model of a known architecture, lacks a
/// half that is asked for, or its files are missing, damaged, or do not fit each other: names the
/// file, the key or the tensor.
LoadedEncoder load_encoder(const std::filesystem::path& folder, EncoderParts parts,
                           const EncoderSettings& options = {});

/// Which halves the folder's model has, by its config.json alone.
EncoderParts encoder_parts(const std::filesystem::path& folder);

}  // namespace puente
