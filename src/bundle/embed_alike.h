// Another hospital's raw data, to be embedded exactly as the table was that trained a bundle.
#pragma once

#include <string>

#include "bundle/bundle.h"
#include "embed/request.h"

namespace puente {

struct RawData {
  Manifest manifest;
  std::string images = {};         // folder; empty: none
  std::string image_encoder = {};  // folders; empty: where the bundle's was
  std::string text_encoder = {};
};

/// What makes the vectors that the bundle takes of `data`; out, threads and skip_bad are the
/// caller's. UserError where the bundle does not say how its vectors were made; where pictures are
/// missing, or not asked for; where the manifest lacks a column that they are made of; where an
/// encoder is not there or is another than the bundle's.
EmbedRequest embed_alike(const Bundle& bundle, RawData data);

/// Where a bundle's encoders are now; empty: where they were.
struct EncoderPlaces {
  std::string image;
  std::string text;
};

/// The same without any data: how the bundle's vectors are made of a record that is at hand. The
/// job has neither a manifest nor a folder of images. UserError also where a stretch over a set of
/// pictures has no limits.
EmbedRequest embed_settings(const Bundle& bundle, const EncoderPlaces& places);

}  // namespace puente
