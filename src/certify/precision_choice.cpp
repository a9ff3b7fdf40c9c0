#include "certify/precision_choice.h"

#include <fmt/format.h>
#include <optional>

#include "certify/certificate_file.h"

namespace puente {
namespace {

/// The command that would make the certificate.
std::string command_for(const std::filesystem::path& folder, const EncoderSettings& settings) {
  std::string command = "puente models check " + folder.string();
  const EncoderParts there = encoder_parts(folder);
  if (there.image && settings.image_pool)
    command += fmt::format(" --image-pool {}", name_of(*settings.image_pool));
  if (there.text && settings.text_pool)
    command += fmt::format(" --text-pool {}", name_of(*settings.text_pool));
  return command;
}

}  // namespace

PrecisionChoice choose_precision(const std::filesystem::path& folder, EncoderParts parts,
                                 const EncoderSettings& settings) {
  const std::optional<StoredVerdicts> stored =
      find_certificate(certificate_path(folder, settings, this_machine()));
  if (!stored) {
    return {Precision::fp32, fmt::format("no certificate for {} on this machine; run: {}",
                                         folder.string(), command_for(folder, settings))};
  }
  const bool both = parts.image && parts.text;
  const bool both_measured = stored->images && stored->texts;
  const std::optional<Verdict>& verdict =
      both ? stored->together : (parts.image ? stored->images : stored->texts);
  if (!verdict || (both && !both_measured)) {
    return {
        Precision::fp32,
        fmt::format("the certificate for {} says nothing about its {}; run: {}", folder.string(),
                    stored->images ? "texts" : "images", command_for(folder, settings))};
  }
  return {verdict->precision,
          fmt::format("the certificate for {} on this machine says {} ({})", folder.string(),
                      name_of(verdict->precision), verdict->why)};
}

}  // namespace puente
