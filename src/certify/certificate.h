// A parity certificate: what int8 does to one model's vectors on this machine, how fast both
// precisions are, and which one to use. Both are never in memory at once.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "puente/progress.h"

#include "certify/encoded.h"
#include "certify/label_check.h"
#include "certify/machine.h"
#include "certify/parity.h"
#include "certify/sample.h"
#include "certify/verdict.h"
#include "encoders/encoder.h"

namespace puente {

struct CertifyJob {
  std::filesystem::path folder;
  EncoderSettings settings;  // its precision does not matter
  SampleRequest sample;      // the halves that are measured are those that have inputs
  std::optional<LabelQuestion> label;
  int threads = 1;
};

/// One precision of one half.
struct Speed {
  double per_second = 0;
  int64_t weight_bytes = 0;
};

struct HalfCertificate {
  int64_t dimension = 0;
  Speed fp32, int8;
  Parity parity;
  Verdict verdict;
};

struct Certificate {
  std::string architecture;
  bool untrained = false;
  Machine machine;
  int threads = 0;
  int64_t rows = 0, rows_there = 0;  // of the manifest: drawn, in all
  double fp32_load_seconds = 0, int8_load_seconds = 0;
  std::optional<HalfCertificate> image, text;
  std::optional<LabelCheck> label;
  Verdict together;  // where one half was measured: that half's
};

/// UserError where the folder is no model, lacks a half that there are inputs for, or the inputs or
/// the label will not do: all of it before the long work.
Certificate certify(const CertifyJob& job, Progress& progress);

}  // namespace puente
