// What embed left beside its tables (X.embed.json, X.images.csv), for the leak audit.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "audit/audit.h"
#include "formats/json.h"
#include "store/picture_facts.h"

namespace puente {

struct EmbeddedFacts {
  CutTexts cut_texts;
  int64_t stretched_over = 0;  // pictures
  std::vector<PictureFactsFile> pictures;
};

/// `tables` were joined to one; reports[i] is that beside tables[i], or null. UserError where one
/// of the files is not what embed writes.
EmbeddedFacts read_embedded_facts(std::span<const std::string> tables,
                                  std::span<const Json> reports);

/// Fills cut_texts, stretched_over and, by the input's columns, pictures.
void add_embedded_facts(AuditInput& input, const EmbeddedFacts& facts);

}  // namespace puente
