#include "results/document.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/error.h"
#include "base/file_status.h"
#include "base/hash.h"
#include "formats/csv.h"
#include "results/commands.h"
#include "results/find_results.h"
#include "results/json_parts.h"
#include "results/model_card.h"

namespace puente {
namespace {

constexpr int64_t kLargestTable = 1 << 20;  // bytes of a CSV file; its means are in the metrics

Json table_json(const std::filesystem::path& file) {
  CsvReader reader(file);
  Json rows = Json::array({reader.header()});
  CsvRow row;
  while (reader.next(row)) {
    Json cells = Json::array();
    for (const std::string_view field : row.fields) cells.push_back(std::string(field));
    rows.push_back(std::move(cells));
  }
  return rows;
}

/// The folder as the page can name it; as it stands where it is not found.
std::string images_from(const std::string& images, const std::filesystem::path& results,
                        const std::filesystem::path& page_folder) {
  const std::filesystem::path given = images;
  for (const std::filesystem::path& place :
       {given, results / given, results.parent_path() / given}) {
    std::error_code none;
    if (images.empty() || !std::filesystem::is_directory(place, none)) continue;
    const auto from = std::filesystem::weakly_canonical(page_folder, none);
    const auto relative = std::filesystem::weakly_canonical(place, none).lexically_relative(from);
    if (!relative.empty()) return relative.generic_string();
  }
  return images;
}

class FolderDocument {
 public:
  FolderDocument(const std::filesystem::path& folder, const std::filesystem::path& page_folder)
      : folder_(folder), page_folder_(page_folder), found_(find_results(folder)) {}

  Json document() {
    Json json = {{"name", name()}, {"folder", folder_.string()}};
    json["leaks"] = leaks();
    json["parts"] = Json::array();
    for (const FoundResult& result : found_) json["parts"].push_back(part(result));
    json["card"] = model_card(name(), found_);
    json["again"] = commands_again(folder_, found_);
    return json;
  }

 private:
  std::string name() const {
    for (const FoundResult& result : found_) {
      if (result.kind == ResultKind::comparison) return result.metrics.value("name", "");
    }
    std::error_code none;
    return std::filesystem::weakly_canonical(folder_, none).filename().string();
  }

  static int rank_of(const Json& finding) {
    const std::string severity = finding.value("severity", "");
    return severity == "error" ? 0 : severity == "warning" ? 1 : 2;
  }

  /// Each once. One that only some of the audited results have says which: a split by row, as the
  /// paper's protocol makes it, leaks where the others do not.
  Json leaks() const {
    std::vector<Json> all;
    std::map<std::string, size_t> place_of;
    std::vector<std::vector<std::string>> found_in;
    size_t audited = 0;
    for (const FoundResult& result : found_) {
      if (!result.metrics.contains("audit")) continue;
      ++audited;
      for (const Json& finding : result.metrics.at("audit")) {
        const std::string key = finding.value("check", "") + "\n" + finding.value("message", "");
        const auto [place, is_new] = place_of.emplace(key, all.size());
        if (is_new) {
          all.push_back(finding);
          found_in.emplace_back();
        }
        found_in[place->second].push_back(part_name(result));
      }
    }
    for (size_t i = 0; i < all.size(); ++i) {
      if (found_in[i].size() < audited) all[i]["in"] = found_in[i];
    }
    std::ranges::stable_sort(all, {}, rank_of);
    return all;
  }

  static std::string part_name(const FoundResult& result) {
    return result.path.empty() ? std::string(name_of(result.kind)) : result.path;
  }

  Json part(const FoundResult& result) {
    Json json = {{"name", part_name(result)},
                 {"path", result.path},
                 {"kind", name_of(result.kind)},
                 {"metrics", result.metrics}};
    const bool has_own = result.kind == ResultKind::train || result.kind == ResultKind::finetune ||
                         result.kind == ResultKind::sweep || result.kind == ResultKind::evaluate ||
                         result.kind == ResultKind::cross_validation;
    if (!has_own) {
      if (result.kind == ResultKind::study) {
        json["tables"]["results"] = table_json(result.folder / "results.csv");
      }
      return json;
    }
    if (const auto curves = result.folder / "curves.json"; file_exists(curves)) {
      json["curves"] = read_versioned(curves, "puente curves");
    }
    if (const auto geometry = result.folder / "geometry.json"; file_exists(geometry)) {
      add_geometry(geometry, result.path, json);
    }
    const auto sweep = result.folder / "sweep.csv";
    if (result.kind == ResultKind::sweep && file_exists(sweep) &&
        file_bytes(sweep) <= kLargestTable) {
      json["tables"]["sweep"] = table_json(sweep);
    }
    return json;
  }

  /// Trainings of one table and split have the same.
  void add_geometry(const std::filesystem::path& file, const std::string& path, Json& part) {
    const auto [known, is_new] = geometry_of_.emplace(sha256_file(file).hex(), path);
    if (!is_new) {
      part["geometry_of"] = known->second;
      return;
    }
    Json geometry = read_versioned(file, "puente geometry");
    if (geometry.value("images", Json()).is_string()) {
      geometry["images"] =
          images_from(geometry.at("images").get<std::string>(), folder_, page_folder_);
    }
    part["geometry"] = std::move(geometry);
  }

  std::filesystem::path folder_, page_folder_;
  std::vector<FoundResult> found_;
  std::map<std::string, std::string> geometry_of_;  // by the file's hash
};

}  // namespace

Json report_document(const std::vector<std::filesystem::path>& folders,
                     const std::filesystem::path& page_folder) {
  Json json = {{"format", "puente report"}, {"version", 1}, {"puente", PUENTE_VERSION}};
  json["title"] = "";
  json["results"] = Json::array();
  std::string title;
  for (const std::filesystem::path& folder : folders) {
    try {
      json["results"].push_back(FolderDocument(folder, page_folder).document());
    } catch (const Json::exception& error) {
      fail("{}: a file in it is JSON, but not as puente writes it: {}", folder.string(),
           error.what());
    }
    title += (title.empty() ? "" : ", ") + json["results"].back()["name"].get<std::string>();
  }
  json["title"] = title;
  return json;
}

}  // namespace puente
