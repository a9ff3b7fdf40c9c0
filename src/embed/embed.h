// From files to an embedding table: read, check, decode, tokenise, encode, write. The heart of
// `puente embed`. Vectors are kept on disk until the table is written, so memory does not grow with
// the number of rows; equal pictures (by content) and equal texts are computed once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "puente/progress.h"

#include "data/manifest.h"
#include "embed/texts.h"
#include "embed/vocabulary_fit.h"
#include "encoders/encoder.h"
#include "image/image.h"
#include "image/image_reading.h"
#include "text/field_order.h"
#include "text/prompt.h"

namespace puente {

/// Where pictures come from: the manifest's column of file names inside a folder. A name without an
/// extension finds the file that has one. Of several columns, "left,right", a row's vector is the
/// mean over its pictures.
struct ImageInput {
  std::filesystem::path folder;
  std::string column = "image";
  Exif exif = Exif::rotate;
  bool squash = false;  // resize to a square instead of the model's resize-and-crop
  Jpeg jpeg = Jpeg::exact;
  ImageReading reading = {};
  std::string suffix = {};  // ".jpg", which the names lack; empty: any that there is
};

/// Where texts come from: a template over the manifest's columns.
struct TextInput {
  Prompt prompt;
  Truncate truncate = Truncate::end;
  TextLanguage language = {};
};

struct EmbedJob {
  Manifest manifest;
  std::optional<ImageInput> images;
  std::optional<TextInput> texts;
  std::filesystem::path out;
  int threads = 1;
  int64_t memory = 0;     // bytes for the text encoder's work; 0: what is free
  bool skip_bad = false;  // leave out rows whose picture cannot be read, instead of stopping
};

/// Of the halves that a job has.
struct JobEncoders {
  const ImageEncoder* image = nullptr;
  const TextEncoder* text = nullptr;
};

/// What was done, for the reports.
struct EmbedReport {
  int64_t rows = 0;          // in the table
  int64_t skipped_rows = 0;  // left out under skip_bad
  int64_t image_dim = 0;     // 0: no images
  int64_t text_dim = 0;
  int64_t images = 0;           // pictures computed; the other rows show the same ones again
  int64_t texts = 0;            // texts computed
  int64_t tokens = 0;           // in those texts
  TextPlan plan;                // how they were computed
  int64_t truncated_texts = 0;  // rows whose text lost its end (or start)
  int64_t longest_text = 0;     // tokens before truncation
  LostText lost;                // where texts were truncated
  VocabularyFit vocabulary;     // of the tokenizer, where there are texts
  bool untrained = false;       // an encoder's weights are seeded random numbers
  double load_seconds = 0;      // of the encoders, where they were loaded for this (request.h)
  ImageReading reading;         // of the pictures, with the limits of a stretch over the set
  int64_t stretched_over = 0;   // pictures that those limits were found in; 0: not found here
  double check_seconds = 0;
  double image_seconds = 0;
  double text_seconds = 0;
  double write_seconds = 0;
};

/// Beside the table of pictures goes X.images.csv (store/picture_facts.h).
/// Long work on texts leaves files `OUT.resumeN` beside the table and goes on from them when the
/// same job is started again; they are removed when the table is there.
/// UserError if the table would replace its own manifest. Checks every input before the long work
/// starts: a missing or unreadable picture is named through Progress::problem and ends in a
/// UserError, unless skip_bad.
EmbedReport embed(const EmbedJob& job, const JobEncoders& encoders, Progress& progress);

/// Where a stretch's limits were found in all rows, before any split: for a person.
std::string stretch_caution(int64_t pictures);

/// What embed() would do with the texts, without doing it.
struct EmbedPlan {
  int64_t rows = 0;
  int64_t texts = 0;  // different ones
  int64_t truncated_texts = 0;
  int64_t longest_text = 0;  // tokens before truncation
  TextPlan work;
  VocabularyFit vocabulary;
  double seconds = 0;  // TextEncoder::estimate_seconds()
  /// Of the prompt's sentences, where another order makes less work: a proposal.
  std::optional<FieldOrder> order;
};

EmbedPlan plan_texts(const EmbedJob& job, const TextEncoder& encoder);

}  // namespace puente
