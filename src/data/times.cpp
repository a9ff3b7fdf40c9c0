#include "data/times.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/trimmed.h"

namespace puente {
namespace {

enum class Kind { number, date, month, week };

constexpr std::array<std::string_view, 4> kKindNames = {"number", "date", "month", "week"};

struct Time {
  Kind kind;
  double value;
};

/// Reads the front of a text piece by piece.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool at_end() const { return text_.empty(); }
  bool skip(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  /// Exactly `digits` digits.
  std::optional<int> number(size_t digits) {
    if (text_.size() < digits) return std::nullopt;
    int value = 0;
    for (const char c : text_.substr(0, digits)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    text_.remove_prefix(digits);
    return value;
  }
  std::string_view rest() const { return text_; }

 private:
  std::string_view text_;
};

double days(std::chrono::sys_days day) {
  return static_cast<double>(day.time_since_epoch().count());
}

/// hh:mm or hh:mm:ss, perhaps with a fraction; as a share of the day. A time zone is passed over:
/// rows of one file share it.
std::optional<double> time_of_day(Reader reader) {
  const std::optional<int> hour = reader.number(2);
  if (!hour || *hour > 23 || !reader.skip(':')) return std::nullopt;
  const std::optional<int> minute = reader.number(2);
  if (!minute || *minute > 59) return std::nullopt;
  int second = 0;
  if (reader.skip(':')) {
    const std::optional<int> given = reader.number(2);
    if (!given || *given > 60) return std::nullopt;
    second = *given;
  }
  return (*hour * 3600 + *minute * 60 + second) / 86400.0;
}

std::optional<Time> week(int year, Reader reader) {
  const std::optional<int> number = reader.number(2);
  if (!number || *number < 1 || *number > 53 || !reader.at_end()) return std::nullopt;
  // ISO 8601: week 1 is that of the fourth of January, and begins on its Monday.
  using namespace std::chrono;
  const sys_days fourth = std::chrono::year{year} / January / 4;
  const sys_days monday = fourth - (weekday(fourth) - Monday);
  return Time{Kind::week, days(monday + weeks(*number - 1))};
}

std::optional<Time> date(std::string_view text) {
  Reader reader(text);
  const std::optional<int> year = reader.number(4);
  if (!year) return std::nullopt;
  const bool slash = reader.skip('/');
  if (!slash && !reader.skip('-')) return std::nullopt;
  if (reader.skip('W')) return week(*year, reader);
  const std::optional<int> month = reader.number(2);
  if (!month) return std::nullopt;
  const bool whole_month = reader.at_end();
  int day = 1;
  if (!whole_month) {
    if (!reader.skip(slash ? '/' : '-')) return std::nullopt;
    const std::optional<int> given = reader.number(2);
    if (!given) return std::nullopt;
    day = *given;
  }
  const std::chrono::year_month_day when{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!when.ok()) return std::nullopt;
  double value = days(when);
  if (whole_month) return Time{Kind::month, value};
  if (!reader.at_end()) {
    if (!reader.skip('T') && !reader.skip(' ')) return std::nullopt;
    const std::optional<double> share = time_of_day(reader);
    if (!share) return std::nullopt;
    value += *share;
  }
  return Time{Kind::date, value};
}

std::optional<Time> time_in(std::string_view text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc() && stopped == end && std::isfinite(value)) {
    return Time{Kind::number, value};
  }
  return date(text);
}

}  // namespace

std::vector<double> times_of(const Column& column, const std::string& source) {
  std::vector<double> times;
  std::optional<Kind> kind;
  for (size_t row = 0; row < column.values.size(); ++row) {
    const std::string_view text = trimmed(column.values[row]);
    const std::optional<Time> time = time_in(text);
    if (!time) {
      fail(
          "{}: row {}, column '{}': '{}' is no time; use numbers, or dates such as 2020-01-31, "
          "2020-01 or 2020-W05",
          source, row + 1, column.name, text);
    }
    if (kind && *kind != time->kind) {
      fail("{}: row {}, column '{}': '{}' is a {}, and the rows before it are {}s; use one kind",
           source, row + 1, column.name, text, kKindNames[static_cast<size_t>(time->kind)],
           kKindNames[static_cast<size_t>(*kind)]);
    }
    kind = time->kind;
    times.push_back(time->value);
  }
  return times;
}

}  // namespace puente
