// geometry.json, beside metrics.json: where the rows of both modalities lie in their three joint
// principal components, and what it takes to move them by a shift of any lambda
// (align/joint_geometry.h has the formulas and says what is fitted).
//
//   {"format": "puente geometry", "version": 1, "rows": N, "sampled_of": null or how many there
//   are,
//    "fitted_on": "training rows", "fitted_rows": 6000, "dimension": 512,
//    "variance_share": [3], "center": [3], "gap": {"components": [3], "squared": |g|^2, "norm":
//    |g|}, "scale": q, "image": {"components": [N, 3], "along_gap": [N], "squared_length": [N]},
//    "text": likewise,
//    "label": {"column": "dx", "classes": ["mel", "nv"], "of_row": [N]}, "other_labels": [...],
//    "part": [N] 0 training, 1 validation, 2 test, 3 none or several,
//    "name": ["ISIC_1.jpg", ...], "images": the folder as embed was given it, or null,
//    "gap_after": [[lambda, norm, mean cosine of pairs], ...] of the rows that fit}
//
// The arrays of numbers in image and text are base64 of int16, little-endian: value = int16 *
// scale. of_row is base64 of uint16, part of uint8. squared_length is there for the modality that
// was stretched alone; it is 1 for the other. A row whose components and along_gap are all 0 has no
// direction and stays where it is. At most 20,000 rows, drawn by lot. of_row is classes.size()
// where a row has no answer to one of several labels; these begin with "label" and go on in
// other_labels.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "align/joint_geometry.h"
#include "experiment/dataset.h"
#include "experiment/multi_label_dataset.h"
#include "experiment/protocol.h"
#include "formats/json.h"

namespace puente {

/// Into `folder`, fitted on the training rows of the one split, or on all rows where there are
/// several, or under paper, as the alignments themselves are. `tables`: as the user named them. A
/// table of one modality has no geometry: an older file is removed. Interrupted.
void write_geometry(const std::filesystem::path& folder, const Dataset& dataset,
                    std::span<const NamedSplit> splits, Protocol protocol,
                    std::span<const std::string> tables);
void write_geometry(const std::filesystem::path& folder, const MultiLabelDataset& dataset,
                    std::span<const NamedSplit> splits, Protocol protocol,
                    std::span<const std::string> tables);

/// geometry.json as it was before it was written, but for the axes and what rounding has taken.
/// UserError where the arrays are not what they should be.
JointGeometry read_geometry(const Json& json);

}  // namespace puente
