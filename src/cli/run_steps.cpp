#include "cli/run_steps.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/file_status.h"
#include "base/folder_contents.h"
#include "base/hash.h"
#include "base/interrupt.h"

namespace puente::cli {

RunBook::RunBook(std::filesystem::path results, std::string recipe)
    : file_(std::move(results) / "run.json") {
  if (file_exists(file_)) json_ = read_json(file_);
  if (!json_.is_object() || !json_.contains("steps") || !json_["steps"].is_object()) {
    json_ = {{"version", PUENTE_VERSION}, {"recipe", ""}, {"steps", Json::object()}};
  }
  json_["recipe"] = std::move(recipe);
  json_["version"] = PUENTE_VERSION;
}

bool RunBook::is_done(const RunStep& step) const {
  const Json& steps = json_["steps"];
  const auto found = steps.find(step.name);
  if (found == steps.end() || !found->is_object()) return false;
  if (found->value("command", Json()) != Json(step.words)) return false;
  if (found->value("inputs", Json()) != step.inputs) return false;
  return std::ranges::all_of(step.outputs,
                             [](const std::filesystem::path& path) { return file_exists(path); });
}

void RunBook::set_done(const RunStep& step, double seconds) {
  json_["steps"][step.name] = {
      {"command", step.words}, {"inputs", step.inputs}, {"seconds", seconds}};
  write_file(file_, json_.dump(2) + "\n");
}

Json fingerprint_of(const std::filesystem::path& path) {
  if (is_file(path)) {
    return {{"bytes", file_bytes(path)}, {"sampled_sha256", sampled_sha256_file(path).hex()}};
  }
  Json files = Json::object();
  if (!is_folder(path)) return files;
  for (const std::string& name : names_in(path, false)) {
    check_interrupt();
    std::error_code unreadable;
    if (!std::filesystem::is_regular_file(path / name, unreadable)) continue;
    files[name] = fingerprint_of(path / name);
  }
  return files;
}

std::string pictures_fingerprint(const std::filesystem::path& folder,
                                 const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) {
    check_interrupt();
    std::error_code gone;
    const std::filesystem::path path = folder / name;
    const auto time = std::filesystem::last_write_time(path, gone).time_since_epoch().count();
    all += fmt::format("{}\t{}\t{}\n", name, std::filesystem::file_size(path, gone), time);
  }
  return sha256(all).hex();
}

}  // namespace puente::cli
