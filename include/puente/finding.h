// Finding: one thing that the leak audit has to say about a table, with its figure and what to do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace puente {

/// error: figures from this table cannot be trusted. warning: they may be wrong, somebody has to
/// look. note: worth knowing, nothing to do.
enum class Severity { note, warning, error };

/// "note", "warning", "error".
std::string_view name_of(Severity severity);

struct Finding {
  Severity severity = Severity::note;
  std::string check;          // which one: "label-in-text", "shared-group", ... (src/audit/audit.h)
  std::string message;        // one sentence with the figure
  std::string advice;         // what to do
  std::vector<int64_t> rows;  // of the table, from 1, ascending: the first kShownRows of them
  int64_t row_count = 0;      // all that the finding is about
  double figure = 0;          // what `message` is about, as the check defines it
};

inline constexpr int64_t kShownRows = 20;

}  // namespace puente
