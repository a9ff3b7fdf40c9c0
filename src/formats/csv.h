// CSV files: RFC 4180 as spreadsheets really write it. Reads row by row out of a mapping, so that a
// field is a window on the file and costs no copy. Knows nothing about what the columns mean.
//
// Read: UTF-8 with or without a BOM; lines that end in LF, CRLF or CR; comma, semicolon or tab,
// whichever occurs most in the header line; quoted fields with doubled quotes and line breaks. A
// quote inside an unquoted field is an ordinary character (12" ruler). Empty lines are skipped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapped_file.h"

namespace puente {

class AtomicFile;

/// One record. The fields are valid until the reader's next call of next() or its end.
struct CsvRow {
  std::vector<std::string_view> fields;
  int64_t line = 0;  // of the file, on which the record begins; the header's is usually 1
};

/// What a file that is not UTF-8 is: a mistake, or text as Excel saves it on Windows.
enum class CsvText { utf8, utf8_or_windows_1252 };

class CsvReader {
 public:
  /// UserError for a file that cannot be read, has no header line, or is UTF-16.
  explicit CsvReader(const std::filesystem::path& path, CsvText encoding = CsvText::utf8);

  /// It was not UTF-8, and is read as Windows-1252.
  bool is_windows_1252() const { return !converted_.empty(); }

  const std::vector<std::string>& header() const { return header_; }
  char separator() const { return separator_; }
  const MappedFile& file() const { return file_; }
  std::string source() const { return file_.path().string(); }

  /// The next record; false at the end of the file. UserError "FILE: line 17: ..." for a record
  /// with more or fewer fields than the header, a quote that is never closed, text after a closing
  /// quote, bytes that are not UTF-8, and zero bytes.
  bool next(CsvRow& row);

 private:
  /// Remembers where a character comes next, so that each byte is searched for it only once.
  struct Finder {
    char wanted;
    size_t found = 0;  // no `wanted` in [.., found); found is one unless it equals `searched`
    size_t searched = 0;
  };

  bool next_record(CsvRow& row);
  void split_plain(std::string_view record, CsvRow& row) const;
  void split_quoted(CsvRow& row);
  size_t find(Finder& finder, size_t limit);
  size_t end_of_line();
  void skip_line_break();
  void detect_separator();
  void check_characters(std::string_view record, int64_t line) const;

  MappedFile file_;
  std::string converted_;  // the file's text, where it was not UTF-8
  std::string_view text_;  // of either
  size_t position_ = 0;
  size_t released_ = 0;
  int64_t line_ = 1;
  char separator_ = ',';
  Finder lf_{'\n'}, cr_{'\r'}, quote_{'"'};
  std::vector<std::string> header_;
  std::deque<std::string> unescaped_;  // fields of the current record that had doubled quotes
};

/// Appends `field`, in quotes only where a reader would otherwise see something else.
void append_csv_field(std::string& out, std::string_view field);
/// Appends the fields, separated by commas, and a line feed.
void append_csv_row(std::string& out, std::span<const std::string> fields);
void write_csv_row(AtomicFile& file, std::span<const std::string> fields);

/// The shortest text that reads back as exactly this float.
void append_float(std::string& out, float value);

/// The nearest float. Takes blanks around the number and a leading '+'. False for anything else,
/// including an empty field, NaN, infinity, and numbers beyond the largest float.
bool parse_float(std::string_view text, float& value);
/// Why parse_float said no, for a message: "'abc' is not a number", "is empty", "is NaN", ...
std::string float_problem(std::string_view text);

/// `text` in quotes, cut after `limit` characters and made printable on one line, for a message.
std::string quoted_excerpt(std::string_view text, size_t limit = 40);

}  // namespace puente
