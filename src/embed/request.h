// EmbedRequest: an embedding as it is asked for, its encoders by their folders. `puente embed`
// makes one of its options, `puente evaluate` one of a bundle's recipe (bundle/embed_alike.h).
#pragma once

#include <string>
#include <vector>

#include "puente/progress.h"

#include "embed/embed.h"
#include "encoders/encoder.h"

namespace puente {

struct EncoderChoice {
  std::string folder;              // as Hugging Face ships it, or a .gguf file
  EncoderSettings settings = {};   // of which the other half's pool does not matter
  std::string precision_why = {};  // a line, where a certificate chose it
};

struct EmbedRequest {
  EmbedJob job;
  EncoderChoice image_encoder;  // where job.images is
  EncoderChoice text_encoder;   // where job.texts is

  /// Are there two halves, both from one folder?
  bool one_folder() const {
    return job.images && job.texts && image_encoder.folder == text_encoder.folder;
  }
  /// The halves' lines, each once.
  std::vector<std::string> precision_why() const;
};

/// The encoders of a request's halves: `first` has both where one load serves both.
struct RequestEncoders {
  LoadedEncoder first;
  LoadedEncoder second;

  JobEncoders encoders() const {
    return {first.image.get(), second.text ? second.text.get() : first.text.get()};
  }
  bool untrained() const { return first.untrained || second.untrained; }
};

/// Once what both halves share. UserError as load_encoder().
RequestEncoders load_encoders(const EmbedRequest& request);

/// Loads the encoders, once what both halves share, and embeds. UserError as load_encoder() and
/// embed() say.
EmbedReport embed(const EmbedRequest& request, Progress& progress);

/// Loads the text encoder alone.
EmbedPlan plan_texts(const EmbedRequest& request);

}  // namespace puente
