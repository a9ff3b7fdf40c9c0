// Options that commands on files share: what is embedded, with which encoders, and which vectors
// of it.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "data/manifest.h"
#include "encoders/encoder.h"
#include "image/image_reading.h"
#include "text/prompt.h"

namespace puente::cli {

struct InputOptions {
  std::string manifest;
  std::string images;
  std::string image_column = "image";
  std::string text_column;
  std::string prompt;
  std::optional<int> frame;
  std::vector<int> bands;
  std::vector<double> stretch;  // two percentiles, or none
  StretchOf stretch_of = StretchOf::image;

  bool with_images() const { return !images.empty(); }
  bool with_texts() const { return !prompt.empty() || !text_column.empty(); }
  /// The template, or the column, that texts come from.
  const std::string& text_source() const { return prompt.empty() ? text_column : prompt; }
};

/// --images, --image-column, --frame, --bands, --stretch, --stretch-of and --text-column;
/// --manifest and --prompt are described by each command.
void add_input_options(CLI::App& command, InputOptions& options);

/// --images alone.
void add_images_option(CLI::App& command, std::string& images);

/// UserError if texts come from two places, or if reading() makes no sense.
void check_input_options(const InputOptions& options);

/// Which part of each picture file is read.
ImageReading reading_of(const InputOptions& options);

/// How a text is made, with_texts(). UserError for a mistake in the template or a column that the
/// manifest lacks.
Prompt prompt_of(const InputOptions& options, const Manifest& manifest);

/// Folders, empty where they were not given.
struct EncoderFolders {
  std::string both;
  std::string own_image;
  std::string own_text;

  const std::string& image() const { return own_image.empty() ? both : own_image; }
  const std::string& text() const { return own_text.empty() ? both : own_text; }
};

/// --encoder, --image-encoder, --text-encoder.
void add_encoder_options(CLI::App& command, EncoderFolders& options);

/// --skip-bad
void add_skip_bad(CLI::App& command, bool& skip_bad);

/// --image-pool, --text-pool, --normalize.
void add_vector_options(CLI::App& command, EncoderSettings& settings);

}  // namespace puente::cli
