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
#include "formats/gguf.h"

namespace puente::cli {
namespace {

/// In a model's folder, and one folder further down; hidden ones are not the model's.
std::vector<std::filesystem::path> model_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  using Entries = std::filesystem::recursive_directory_iterator;
  Entries entry(folder, std::filesystem::directory_options::follow_directory_symlink);
  for (; entry != Entries(); ++entry) {
    const bool hidden = entry->path().filename().string().starts_with('.');
    if (hidden || entry.depth() >= 1) entry.disable_recursion_pending();
    if (!hidden && entry->is_regular_file()) files.push_back(entry->path());
  }
  std::ranges::sort(files);
  return files;
}

void check_erased(const std::filesystem::path& path, const std::error_code& failed) {
  if (failed) fail("{}: cannot be erased: {}", path.string(), failed.message());
}

Json entry_of(const RunStep& step) {
  return {{"version", PUENTE_VERSION}, {"command", step.words}, {"inputs", step.inputs}};
}

Json& object_at(Json& json, const char* key) {
  Json& value = json[key];
  if (!value.is_object()) value = Json::object();
  return value;
}

}  // namespace

RunBook::RunBook(std::filesystem::path results, std::string recipe)
    : file_(std::move(results) / "run.json") {
  if (file_exists(file_)) json_ = read_json(file_);
  if (!json_.is_object()) json_ = Json::object();
  json_["version"] = PUENTE_VERSION;
  json_["recipe"] = std::move(recipe);
  object_at(json_, "steps");
  object_at(json_, "earlier");
}

void RunBook::plan(const std::vector<StepPlace>& places) {
  Json known = json_["earlier"];
  known.update(json_["steps"]);
  Json steps = Json::object();
  for (const StepPlace& place : places) {
    if (known.contains(place.name)) {
      steps[place.name] = known[place.name];
      known.erase(place.name);
    } else if (is_folder(place.folder) && !std::filesystem::is_empty(place.folder)) {
      fail("{}: holds something that `puente run` has not made there; name another --out",
           place.folder.string());
    }
  }
  json_["steps"] = std::move(steps);
  json_["earlier"] = std::move(known);
  write();
}

bool RunBook::is_done(const RunStep& step) const {
  const Json& steps = json_["steps"];
  const auto found = steps.find(step.name);
  if (found == steps.end() || !found->is_object() || found->contains("unfinished")) return false;
  if (found->value("version", Json()) != Json(PUENTE_VERSION)) return false;
  if (found->value("command", Json()) != Json(step.words)) return false;
  if (found->value("inputs", Json()) != step.inputs) return false;
  return std::ranges::all_of(step.outputs,
                             [](const std::filesystem::path& path) { return file_exists(path); });
}

void RunBook::begin(const RunStep& step) {
  Json entry = entry_of(step);
  entry["unfinished"] = true;
  Json& before = json_["steps"][step.name];
  // Interrupted, a long step goes on from what it has left in its folder.
  const bool goes_on = before == entry;
  before = std::move(entry);
  write();
  std::error_code failed;
  for (const std::filesystem::path& file : step.outputs) {
    std::filesystem::remove(file, failed);
    check_erased(file, failed);
  }
  if (step.folder.empty() || goes_on) return;
  std::filesystem::remove_all(step.folder, failed);
  check_erased(step.folder, failed);
}

void RunBook::set_done(const RunStep& step, const StepCost& cost) {
  Json& entry = json_["steps"][step.name] = entry_of(step);
  entry["seconds"] = cost.seconds;
  if (cost.own_process) entry["own_process"] = true;
  if (cost.energy_joules) entry["energy_joules"] = *cost.energy_joules;
  write();
}

void RunBook::write() const { write_file(file_, json_.dump(2) + "\n"); }

Json encoder_fingerprint(const std::filesystem::path& path) {
  std::vector<std::filesystem::path> files = {path};
  const bool folder = is_folder(path);
  if (folder) {
    files = model_files(path);
  } else if (path.extension() == ".gguf") {
    files = GgufFile(path).files();
  }
  Json json = Json::object();
  for (const std::filesystem::path& file : files) {
    check_interrupt();
    const std::string name =
        folder ? file.lexically_relative(path).string() : file.filename().string();
    json[name] = {{"bytes", file_bytes(file)}, {"sampled_sha256", sampled_sha256_file(file).hex()}};
  }
  return json;
}

std::string pictures_fingerprint(const std::filesystem::path& folder,
                                 const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) {
    check_interrupt();
    if (name.empty()) {
      all += "\n";
      continue;
    }
    std::error_code gone;
    const std::filesystem::path path = folder / name;
    const auto time = std::filesystem::last_write_time(path, gone).time_since_epoch().count();
    all += fmt::format("{}\t{}\t{}\n", name, std::filesystem::file_size(path, gone), time);
  }
  return sha256(all).hex();
}

}  // namespace puente::cli
