#include "compare/comparison.h"

#include "compare/break_even.h"

namespace puente {

std::vector<ComparedBreakEven> break_evens(const std::vector<ComparedRow>& rows) {
  std::vector<ComparedBreakEven> result;
  for (const ComparedRow& row : rows) {
    if (row.is_raw || !row.cost) continue;
    for (const ComparedRow& raw : rows) {
      if (!raw.is_raw || !raw.cost || raw.classifier != row.classifier) continue;
      const double once = row.cost->whole.once_seconds;
      const double each = row.cost->epoch.both(), raw_each = raw.cost->epoch.both();
      result.push_back({row.approach, raw.approach, row.classifier,
                        break_even(once, each, raw_each),
                        break_even(once, each * row.cost->epochs, raw_each * raw.cost->epochs),
                        row.cost->extrapolated || raw.cost->extrapolated});
    }
  }
  return result;
}

}  // namespace puente
