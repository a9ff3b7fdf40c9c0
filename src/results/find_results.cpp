#include "results/find_results.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/error.h"
#include "base/file_status.h"
#include "base/folder_contents.h"
#include "base/interrupt.h"

namespace puente {
namespace {

constexpr int kDeepest = 8;

/// "0.10.2" as numbers.
std::array<int, 3> version_numbers(std::string_view text) {
  std::array<int, 3> numbers{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (int& number : numbers) {
    at = std::from_chars(at, end, number).ptr;
    if (at != end) ++at;
  }
  return numbers;
}

/// The version of puente that wrote it; nothing: puente did not.
std::optional<std::string> written_by(const Json& json) {
  if (!json.is_object() || !json.contains("puente") || !json.at("puente").is_string()) {
    return std::nullopt;
  }
  return json.at("puente").get<std::string>();
}

void refuse_newer(const Json& json, const std::filesystem::path& file) {
  const std::string version = json.at("puente").get<std::string>();
  if (version_numbers(version) <= version_numbers(PUENTE_VERSION)) return;
  fail("{}: written by puente {}, and this is {}; report with that one", file.string(), version,
       PUENTE_VERSION);
}

ResultKind kind_of_metrics(const Json& metrics) {
  if (metrics.contains("sweep")) return ResultKind::sweep;
  if (metrics.contains("splits")) return ResultKind::cross_validation;
  if (metrics.contains("bundle")) return ResultKind::evaluate;
  return metrics.contains("cost") ? ResultKind::finetune : ResultKind::train;
}

/// What a file of this name is, if puente has written it.
std::optional<ResultKind> kind_of(const std::string& name, const Json& json) {
  if (name == "audit.json") {  // has no version of its own
    const bool ours = json.is_object() && json.contains("audit") && json.contains("table");
    return ours ? std::optional(ResultKind::audit) : std::nullopt;
  }
  if (!written_by(json)) return std::nullopt;
  if (name == "metrics.json") return kind_of_metrics(json);
  if (name == "baselines.json") return ResultKind::baselines;
  if (name == "comparison.json") return ResultKind::comparison;
  return ResultKind::embed;
}

bool is_results_name(const std::string& name) {
  return name == "metrics.json" || name == "baselines.json" || name == "comparison.json" ||
         name == "audit.json" || name.ends_with(".embed.json");
}

class FolderSearch {
 public:
  explicit FolderSearch(const std::filesystem::path& folder) : root_(folder) {}

  std::vector<FoundResult> found() {
    using Entries = std::filesystem::recursive_directory_iterator;
    Entries entry(root_, std::filesystem::directory_options::skip_permission_denied);
    for (; entry != Entries(); ++entry) {
      check_interrupt();
      const std::string name = entry->path().filename().string();
      if (entry->is_directory()) {
        if (name.starts_with('.') || entry.depth() >= kDeepest) entry.disable_recursion_pending();
        continue;
      }
      if (is_results_name(name) && is_file(entry->path())) look_at(entry->path(), name);
      if (name == "results.csv" && is_file(entry->path().parent_path() / "study.toml")) {
        add(ResultKind::study, entry->path(), Json::object());
      }
    }
    std::ranges::sort(found_, {}, [](const FoundResult& f) { return std::pair(f.kind, f.path); });
    return std::move(found_);
  }

 private:
  void look_at(const std::filesystem::path& file, const std::string& name) {
    Json json = read_json(file);
    const std::optional<ResultKind> kind = kind_of(name, json);
    if (!kind) return;
    if (*kind != ResultKind::audit) refuse_newer(json, file);
    add(*kind, file, std::move(json));
  }

  void add(ResultKind kind, const std::filesystem::path& file, Json json) {
    const std::filesystem::path folder = file.parent_path();
    std::string path = folder.lexically_relative(root_).generic_string();
    if (path == ".") path.clear();
    found_.push_back({kind, file, folder, std::move(path), std::move(json)});
  }

  std::filesystem::path root_;
  std::vector<FoundResult> found_;
};

}  // namespace

std::string_view name_of(ResultKind kind) {
  switch (kind) {
    case ResultKind::comparison:
      return "comparison";
    case ResultKind::study:
      return "study";
    case ResultKind::audit:
      return "audit";
    case ResultKind::embed:
      return "embed";
    case ResultKind::sweep:
      return "sweep";
    case ResultKind::train:
      return "train";
    case ResultKind::finetune:
      return "finetune";
    case ResultKind::cross_validation:
      return "cross_validation";
    case ResultKind::baselines:
      return "baselines";
    case ResultKind::evaluate:
      return "evaluate";
  }
  PUENTE_ASSERT(false);
}

std::vector<FoundResult> find_results(const std::filesystem::path& folder) {
  if (!is_folder(folder)) {
    fail("{}: no such folder; name one that puente wrote its results into", folder.string());
  }
  std::vector<FoundResult> found = FolderSearch(folder).found();
  if (!found.empty()) return found;
  fail("{}: nothing of puente's is in it (metrics.json, baselines.json, ...), but {}",
       folder.string(), folder_contents(folder));
}

Json read_versioned(const std::filesystem::path& file, std::string_view format) {
  Json json = read_json(file);
  const bool ours = json.is_object() && json.contains("format") && json.at("format") == format &&
                    json.contains("version") && json.at("version").is_number_integer();
  if (!ours) fail("{}: not the '{}' that it should be", file.string(), format);
  const auto version = json.at("version").get<int64_t>();
  if (version != 1) {
    fail(
        "{}: version {} of '{}', and this is puente {}, which reads version 1; report with the "
        "one that wrote it",
        file.string(), version, format, PUENTE_VERSION);
  }
  return json;
}

}  // namespace puente
