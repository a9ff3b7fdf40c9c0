#include "report/embedded_facts.h"

#include <algorithm>
#include <fmt/ranges.h>
#include <optional>
#include <utility>

#include "base/error.h"
#include "data/manifest.h"
#include "store/picture_facts.h"
#include "text/prompt.h"

namespace puente {
namespace {

CutTexts cut_texts_of(std::span<const Json> reports) {
  CutTexts cut;
  for (const Json& report : reports) {
    if (!report.contains("truncated_texts")) continue;
    cut.tokenized += report.value("rows", int64_t{0});
    cut.texts += report.value("truncated_texts", int64_t{0});
    if (!report.contains("lost")) continue;
    const Json& lost = report.at("lost");
    cut.words += lost.at("words").get<int64_t>();
    cut.words_lost += lost.at("words_lost").get<int64_t>();
    for (const auto& [name, rows] : lost.at("fields").items()) {
      cut.fields.push_back({name, rows.get<int64_t>()});
    }
  }
  return cut;
}

int64_t stretched_over(std::span<const Json> reports) {
  int64_t pictures = 0;
  for (const Json& report : reports) {
    if (report.is_object()) pictures += report.value("stretched_over", int64_t{0});
  }
  return pictures;
}

/// Of each row; none of a row of which one is not known. Nothing at all where the table has lost a
/// column of names.
std::vector<std::vector<PictureFacts>> pictures_in(const PictureFactsFile& file,
                                                   std::span<const Column> columns) {
  std::vector<std::vector<PictureFacts>> pictures;
  std::vector<bool> unknown;
  for (const std::string& name : column_names(columns, file.column)) {
    const auto column = std::ranges::find(columns, name, &Column::name);
    if (column == columns.end()) return {};
    pictures.resize(column->values.size());
    unknown.resize(column->values.size());
    for (size_t row = 0; row < column->values.size(); ++row) {
      if (is_missing(column->values[row])) continue;
      const auto found = file.of.find(column->values[row]);
      if (found == file.of.end()) {
        unknown[row] = true;
      } else {
        pictures[row].push_back(found->second);
      }
    }
  }
  for (size_t row = 0; row < pictures.size(); ++row) {
    if (unknown[row]) pictures[row].clear();
  }
  return pictures;
}

}  // namespace

EmbeddedFacts read_embedded_facts(std::span<const std::string> tables,
                                  std::span<const Json> reports) {
  EmbeddedFacts facts;
  try {
    facts.cut_texts = cut_texts_of(reports);
    facts.stretched_over = stretched_over(reports);
  } catch (const Json::exception&) {
    fail("{}: the .embed.json beside it is not what `puente embed` writes; remove it",
         fmt::join(tables, ", "));
  }
  for (const std::string& table : tables) {
    std::optional<PictureFactsFile> file = find_picture_facts(table);
    if (file) facts.pictures.push_back(std::move(*file));
  }
  return facts;
}

void add_embedded_facts(AuditInput& input, const EmbeddedFacts& facts) {
  input.cut_texts = facts.cut_texts;
  input.stretched_over = facts.stretched_over;
  for (const PictureFactsFile& file : facts.pictures) {
    input.pictures = pictures_in(file, input.columns);
    if (!input.pictures.empty()) return;
  }
}

}  // namespace puente
