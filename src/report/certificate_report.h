// A parity certificate as JSON (what is kept in the cache) and as lines for a person.
#pragma once

#include <filesystem>
#include <string>

#include "certify/certificate.h"
#include "formats/json.h"

namespace puente {

/// What the certificate was asked for, which it does not know itself.
struct CertificateContext {
  std::string folder;
  std::string manifest;  // empty: made-up pictures and texts
  std::string images;
  std::string prompt;
  EncoderSettings settings;
};

Json certificate_json(const CertificateContext& context, const Certificate& certificate);
std::string certificate_text(const CertificateContext& context, const Certificate& certificate);

}  // namespace puente
