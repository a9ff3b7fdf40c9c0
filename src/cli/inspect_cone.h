// inspect --cone: an encoder instead of a table.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/command.h"
#include "cli/input_options.h"

namespace puente::cli {

struct ConeOptions {
  std::string encoder;  // empty: a table is inspected
  InputOptions input;
  EncoderSettings settings;
  std::string general;
  int64_t rows = 256;
  int64_t encoders = 5;
  uint64_t seed = 1;
};

/// All but --prompt, which the audit of a table has too.
void add_cone_options(CLI::App& command, ConeOptions& options);

/// UserError unless there are pictures or texts for it.
void run_cone(const ConeOptions& options, const Common& common, const std::string& out);

}  // namespace puente::cli
