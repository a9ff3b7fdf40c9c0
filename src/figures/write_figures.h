// The figures of a report's document as SVG files for a paper: no browser is needed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "formats/json.h"

namespace puente {

struct FigureFile {
  std::string name;  // "train-roc.svg"
  std::string svg;
};

/// figure2-circle and figure3-sphere of all results together, then for each part what it has:
/// PART-lambda-METHOD, -confusion, -roc, -precision-recall, -reliability, -epochs, -learning-curve.
/// With several results a part's name begins with its result's. UserError where the document's
/// numbers are damaged.
std::vector<FigureFile> figures_of(const Json& document);

/// Into the folder, which is made. Files of other names are left alone.
void write_figures(const std::filesystem::path& folder, const std::vector<FigureFile>& figures);

}  // namespace puente
