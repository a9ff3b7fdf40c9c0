// What the report's page shows: one JSON document of everything in one or several folders of
// results. The page computes nothing from it but where the slider over lambda moves the points.
//
//   {"format": "puente report", "version": 1, "puente": "0.1.0", "title": "results",
//    "results": [{"name": "ham10000", "folder": as given,
//                 "leaks": findings of the audits, each once, worst first; with "in": paths of
//                 parts, where not all audited ones have it,
//                 "parts": [{"name": "train", "path": "train" from the folder, "kind": as
//                 name_of(),
//                            "metrics": the file, "curves": the file, "geometry": the file,
//                            "geometry_of": path of the part that has the same,
//                            "tables": {"sweep": [[...], ...]}}],
//                 "card": results/model_card.h, "again": results/commands.h}]}
//
// curves, geometry, geometry_of and tables are there where the folder has them. geometry's images
// is as the page can open it: from its own folder, if the pictures are found.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "formats/json.h"

namespace puente {

/// `page_folder`: where the page will lie. UserError as find_results().
Json report_document(const std::vector<std::filesystem::path>& folders,
                     const std::filesystem::path& page_folder);

}  // namespace puente
