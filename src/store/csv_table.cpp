#include "store/csv_table.h"

#include <string_view>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/trimmed.h"
#include "formats/csv.h"
#include "store/layout.h"

namespace puente {
namespace {

/// A column's name on one line; the names that matter here need no quotes.
std::string column_name(const CsvReader& reader, size_t field) {
  const std::string quoted = quoted_excerpt(reader.header()[field]);
  return quoted.substr(1, quoted.size() - 2);
}

[[noreturn]] void fail_at(const CsvReader& reader, const CsvRow& row, size_t field,
                          const std::string& what) {
  fail("{}: line {}, column {}: {}", reader.source(), row.line, column_name(reader, field), what);
}

/// Counting first costs less than a vector that grows, and the matrices get their exact size.
int64_t count_records(const std::filesystem::path& path) {
  CsvReader reader(path);
  CsvRow row;
  int64_t records = 0;
  while (reader.next(row)) ++records;
  if (records == 0) fail("{}: has a header line but no rows", path.string());
  return records;
}

/// The text between the brackets of "[0.1, 0.2]".
std::string_view inside_brackets(const CsvReader& reader, const CsvRow& row, size_t field) {
  const std::string_view text = trimmed(row.fields[field]);
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') {
    fail_at(reader, row, field, "should be a list of numbers in brackets");
  }
  return text.substr(1, text.size() - 2);
}

/// Calls use(number) for each number of a list; Python separates them by commas, NumPy by blanks.
template <class Use>
void walk_list(std::string_view list, Use&& use) {
  constexpr std::string_view kBetween = ", \t\r\n";
  for (size_t at = list.find_first_not_of(kBetween); at != std::string_view::npos;) {
    const size_t end = std::min(list.find_first_of(kBetween, at), list.size());
    use(list.substr(at, end - at));
    at = list.find_first_not_of(kBetween, end);
  }
}

int64_t list_length(const CsvReader& reader, const CsvRow& row, size_t field) {
  int64_t length = 0;
  walk_list(inside_brackets(reader, row, field), [&](std::string_view) { ++length; });
  if (length == 0) fail_at(reader, row, field, "the list is empty");
  return length;
}

void parse_number(const CsvReader& reader, const CsvRow& row, size_t field, std::string_view text,
                  float& value) {
  if (!parse_float(text, value)) fail_at(reader, row, field, float_problem(text));
}

void parse_list(const CsvReader& reader, const CsvRow& row, size_t field, std::span<float> out) {
  const int64_t length = list_length(reader, row, field);
  if (length != static_cast<int64_t>(out.size())) {
    fail_at(reader, row, field,
            fmt::format("{} numbers where the first row has {}", length, out.size()));
  }
  float* next = out.data();
  walk_list(inside_brackets(reader, row, field),
            [&](std::string_view number) { parse_number(reader, row, field, number, *next++); });
}

std::vector<Column> empty_columns(const TableLayout& layout, int64_t rows) {
  std::vector<Column> columns;
  for (const std::string& name : layout.plain) {
    columns.push_back({name, {}});
    columns.back().values.reserve(static_cast<size_t>(rows));
  }
  return columns;
}

/// The first record decides how long the lists are.
int64_t first_list_length(const std::filesystem::path& path, const TableLayout& layout) {
  CsvReader reader(path);
  CsvRow row;
  PUENTE_ASSERT(reader.next(row));
  for (size_t i = 0; i < layout.fields.size(); ++i) {
    if (layout.fields[i].kind == FieldKind::kTextList) return list_length(reader, row, i);
  }
  return 0;
}

}  // namespace

EmbeddingTable read_csv_table(const std::filesystem::path& path) {
  CsvReader reader(path);
  TableLayout layout = detect_layout(reader.header(), path.string());
  if (!layout.has_vectors()) {
    fail(
        "{}: has no embedding columns (image_embedding_0, ..., text_embedding_0, ...); make a "
        "table "
        "with puente embed",
        path.string());
  }
  const int64_t rows = count_records(path);
  if (layout.has_text_list()) layout.text_dim = first_list_length(path, layout);

  EmbeddingTable table;
  table.source = path.string();
  table.columns = empty_columns(layout, rows);
  if (layout.image_dim > 0) table.image = Matrix(rows, layout.image_dim);
  if (layout.text_dim > 0) table.text = Matrix(rows, layout.text_dim);
  CsvRow row;
  int64_t n = 0;
  for (; n < rows && reader.next(row); ++n) {
    check_interrupt();
    for (size_t i = 0; i < layout.fields.size(); ++i) {
      const FieldPlace field = layout.fields[i];
      switch (field.kind) {
        case FieldKind::kPlain:
          table.columns[static_cast<size_t>(field.index)].values.emplace_back(row.fields[i]);
          break;
        case FieldKind::kImage:
          parse_number(reader, row, i, row.fields[i], table.image(n, field.index));
          break;
        case FieldKind::kText:
          parse_number(reader, row, i, row.fields[i], table.text(n, field.index));
          break;
        case FieldKind::kTextList:
          parse_list(reader, row, i, table.text.row_span(n));
          break;
        case FieldKind::kIgnored:
          break;
      }
    }
  }
  if (n < rows || reader.next(row)) {
    fail("{}: changed while it was being read; try again", path.string());
  }
  return table;
}

std::vector<Column> read_side_columns(const std::filesystem::path& path,
                                      const std::filesystem::path& vectors) {
  if (!std::filesystem::exists(path)) {
    fail("{}: is missing; it should hold the ids and labels that belong to {}", path.string(),
         vectors.string());
  }
  CsvReader reader(path);
  for (const std::string& name : reader.header()) {
    if (is_embedding_name(name)) {
      fail("{}: holds vectors itself, so it was not written with {}; read {} instead",
           path.string(), vectors.string(), path.string());
    }
  }
  const TableLayout layout = plain_layout(reader.header(), path.string());
  std::vector<Column> columns = empty_columns(layout, 0);
  CsvRow row;
  while (reader.next(row)) {
    check_interrupt();
    for (size_t i = 0; i < layout.fields.size(); ++i) {
      if (layout.fields[i].kind != FieldKind::kPlain) continue;
      columns[static_cast<size_t>(layout.fields[i].index)].values.emplace_back(row.fields[i]);
    }
  }
  return columns;
}

}  // namespace puente
