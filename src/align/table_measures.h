// All that is measured of a table's vectors: gap.h, spectrum.h, pairing.h.
#pragma once

#include <optional>

#include "puente/progress.h"
#include "puente/table.h"

#include "align/gap.h"
#include "align/pairing.h"
#include "align/spectrum.h"

namespace puente {

struct MeasureOptions {
  double temperature = 0.07;  // of the CLIP loss: where CLIP's training began; it ends at 0.01
  int threads = 1;
  /// What takes more than one look at each row is measured on so many rows at most, drawn by lot,
  /// always the same ones: on fewer where the vectors are wider than 4,096, or where both
  /// modalities are so wide that all cosines between them would take long (15,000 rows of 512
  /// numbers do not, 10,000 of 4,096 do).
  int64_t most_rows = 20'000;
};

struct TableMeasures {
  GapMeasures gap;                   // of all rows
  int64_t rows = 0;                  // that all below is of
  std::optional<double> image_rank;  // effective rank; none without the modality
  std::optional<double> text_rank;
  /// None without both modalities in equal widths.
  std::optional<JointComponents> joint;
  std::optional<PairingMeasures> pairing;
};

/// Most of the time goes into the cosines of the pairing and into the eigenvalues of wide vectors:
/// see docs/gap.md for what it takes. Interrupted.
TableMeasures measure_table(const EmbeddingTable& table, const MeasureOptions& options,
                            Progress& progress);

}  // namespace puente
