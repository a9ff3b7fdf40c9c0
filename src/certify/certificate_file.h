// Where certificates are kept: one JSON file each in the user's cache, $XDG_CACHE_HOME or ~/.cache,
// below puente/parity/. The name is a hash of what the certificate holds for:
//
//   the model      its small configuration files whole; of each weights file its name, its size and
//                  64 pieces spread over it, so that 7 GB need not be read
//   the machine    the processor's name and the form of its int8 arithmetic
//   the vectors    the pools asked for, of the halves that the model has
//   puente         its version
//
// so that a certificate of another model, machine or version is simply not found. report/ knows
// what is in the file; here only who wins is read again:
//   {"recommended": {"images": {"precision": "int8", "why": "..."}, "texts": ..., "together": ...}}
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "certify/machine.h"
#include "certify/verdict.h"
#include "encoders/encoder.h"
#include "formats/json.h"

namespace puente {

/// $XDG_CACHE_HOME/puente/parity, or ~/.cache/puente/parity. UserError where neither variable is
/// set.
std::filesystem::path certificate_folder();

/// The file for this model with these pools on this machine. UserError where the folder is no
/// model.
std::filesystem::path certificate_path(const std::filesystem::path& model,
                                       const EncoderSettings& settings, const Machine& machine);

/// Whole or not at all; makes the folders.
void save_certificate(const std::filesystem::path& path, const Json& json);

struct StoredVerdicts {
  std::optional<Verdict> images, texts, together;
};

/// Nothing where there is no such file. UserError where it is not a certificate.
std::optional<StoredVerdicts> find_certificate(const std::filesystem::path& path);

}  // namespace puente
