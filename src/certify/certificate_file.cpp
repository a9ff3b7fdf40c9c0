#include "certify/certificate_file.h"

#include <array>
#include <cstdlib>
#include <fmt/format.h>
#include <span>
#include <string_view>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/file_status.h"
#include "base/hash.h"
#include "base/mapped_file.h"
#include "encoders/weight_files.h"
#include "tensor/kernel_target.h"

namespace puente {
namespace {

constexpr std::array kConfigFiles = {"config.json", "preprocessor_config.json", "modules.json",
                                     "1_Pooling/config.json"};

std::string_view value_of(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::string pool_text(std::optional<Pool> pool) {
  return pool ? std::string(name_of(*pool)) : "model";
}

std::optional<Verdict> verdict_in(const Json& recommended, const char* key) {
  if (!recommended.contains(key)) return std::nullopt;
  const Json& stored = recommended.at(key);
  const std::string precision = stored.at("precision").get<std::string>();
  return Verdict{precision == name_of(Precision::int8) ? Precision::int8 : Precision::fp32,
                 stored.at("why").get<std::string>()};
}

}  // namespace

std::filesystem::path certificate_folder() {
  // The XDG base directory specification: a relative path counts as not set.
  const std::filesystem::path cache = value_of("XDG_CACHE_HOME");
  if (cache.is_absolute()) return cache / "puente" / "parity";
  const std::filesystem::path home = value_of("HOME");
  if (home.is_absolute()) return home / ".cache" / "puente" / "parity";
  fail("there is no place for certificates: set XDG_CACHE_HOME or HOME to a folder");
}

std::filesystem::path certificate_path(const std::filesystem::path& model,
                                       const EncoderSettings& settings, const Machine& machine) {
  const EncoderParts parts = encoder_parts(model);  // UserError where it is no model
  std::string all = fmt::format("puente {}\ncpu {}\nint8 {}\nimage pool {}\ntext pool {}\n",
                                PUENTE_VERSION, machine.cpu, name_of(machine.int8),
                                parts.image ? pool_text(settings.image_pool) : "none",
                                parts.text ? pool_text(settings.text_pool) : "none");
  for (const char* name : kConfigFiles) {
    if (!file_exists(model / name)) continue;
    all += fmt::format("{} {}\n", name, sha256_file(model / name).hex());
  }
  for (const std::filesystem::path& file : weight_files(model)) {
    all += fmt::format("{} {} {}\n", file.filename().string(), file_bytes(file),
                       sampled_sha256_file(file).hex());
  }
  return certificate_folder() / (sha256(all).hex().substr(0, 32) + ".json");
}

void save_certificate(const std::filesystem::path& path, const Json& json) {
  make_output_folder(path.parent_path());
  write_file(path, json.dump(2) + "\n");
}

std::optional<StoredVerdicts> find_certificate(const std::filesystem::path& path) {
  if (!file_exists(path)) return std::nullopt;
  const Json json = read_json(path);
  try {
    const Json& recommended = json.at("recommended");
    return StoredVerdicts{verdict_in(recommended, "images"), verdict_in(recommended, "texts"),
                          verdict_in(recommended, "together")};
  } catch (const Json::exception&) {
    fail("{}: is not a certificate of puente; remove it", path.string());
  }
}

}  // namespace puente
