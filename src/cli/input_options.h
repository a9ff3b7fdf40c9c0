// Options that embed and models check share: what is embedded, and which vectors of it.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "data/manifest.h"
#include "encoders/encoder.h"
#include "text/prompt.h"

namespace puente::cli {

struct InputOptions {
  std::string manifest;
  std::string images;
  std::string image_column = "image";
  std::string text_column;
  std::string prompt;

  bool with_images() const { return !images.empty(); }
  bool with_texts() const { return !prompt.empty() || !text_column.empty(); }
  /// The template, or the column, that texts come from.
  const std::string& text_source() const { return prompt.empty() ? text_column : prompt; }
};

/// --images, --image-column and --text-column; --manifest and --prompt are described by each
/// command.
void add_input_options(CLI::App& command, InputOptions& options);

/// UserError if texts come from two places.
void check_input_options(const InputOptions& options);

/// How a text is made, with_texts(). UserError for a mistake in the template or a column that the
/// manifest lacks.
Prompt prompt_of(const InputOptions& options, const Manifest& manifest);

/// --image-pool, --text-pool, --normalize.
void add_vector_options(CLI::App& command, EncoderSettings& settings);

}  // namespace puente::cli
