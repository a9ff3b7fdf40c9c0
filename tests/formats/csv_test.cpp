#include "formats/csv.h"

#include <bit>
#include <chrono>
#include <cmath>
#include <limits>

#include "base/atomic_file.h"
#include "base/rng.h"
#include "support/files.h"

namespace puente {
namespace {

using Record = std::vector<std::string>;

struct Read {
  Record header;
  std::vector<Record> records;
  std::vector<int64_t> lines;
  char separator;
};

class Csv : public testing::Test {
 protected:
  Read read(std::string_view content) {
    CsvReader reader(folder_.file("t.csv", content));
    Read all{reader.header(), {}, {}, reader.separator()};
    CsvRow row;
    while (reader.next(row)) {
      all.records.emplace_back(row.fields.begin(), row.fields.end());
      all.lines.push_back(row.line);
    }
    return all;
  }
  std::vector<Record> records(std::string_view content) { return read(content).records; }
  void expect_error(std::string_view content, std::string_view message) {
    test::expect_user_error([&] { read(content); }, message);
  }

  test::TemporaryFolder folder_;
};

TEST_F(Csv, EveryLineEnding) {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    const Read all = read("a,b" + end + "1,2" + end + "3,4" + end);
    EXPECT_EQ(all.header, (Record{"a", "b"}));
    EXPECT_EQ(all.records, (std::vector<Record>{{"1", "2"}, {"3", "4"}}));
    EXPECT_EQ(all.lines, (std::vector<int64_t>{2, 3}));
  }
}

TEST_F(Csv, LastLineNeedsNoEndAndEmptyLinesAreSkipped) {
  EXPECT_EQ(records("a,b\n1,2"), (std::vector<Record>{{"1", "2"}}));
  EXPECT_EQ(records("a,b\n1,2\n\n"), (std::vector<Record>{{"1", "2"}}));
  const Read all = read("\n\na,b\r\n\r\n1,2\r\n\r\n\r\n3,4\r\n\r\n");
  EXPECT_EQ(all.records, (std::vector<Record>{{"1", "2"}, {"3", "4"}}));
  EXPECT_EQ(all.lines, (std::vector<int64_t>{5, 8}));
}

TEST_F(Csv, ByteOrderMarkIsNoPartOfTheFirstName) {
  EXPECT_EQ(read("\xef\xbb\xbfid,b\n").header, (Record{"id", "b"}));
  EXPECT_EQ(read("\xef\xbb\xbf\"i,d\",b\n").header, (Record{"i,d", "b"}));
}

TEST_F(Csv, SeparatorIsTheCommonestOfTheHeader) {
  EXPECT_EQ(read("a;b;c\n1,5;2;3\n").records, (std::vector<Record>{{"1,5", "2", "3"}}));
  EXPECT_EQ(read("a\tb\n1,5\t2;3\n").records, (std::vector<Record>{{"1,5", "2;3"}}));
  EXPECT_EQ(read("a,b;c\n1,2\n").separator, ',');
  EXPECT_EQ(read("\"x;y;z\",b\n1,2\n").separator, ',');
  EXPECT_EQ(read("5\" disc;6\" disc;c\n1;2;3\n").separator, ';');
  EXPECT_EQ(read("only\n1;2\n").records, (std::vector<Record>{{"1;2"}}));
}

TEST_F(Csv, QuotedFields) {
  EXPECT_EQ(records("a,b,c\n\"x,y\",\"say \"\"hi\"\"\",\"\"\n"),
            (std::vector<Record>{{"x,y", "say \"hi\"", ""}}));
  EXPECT_EQ(records("a,b\n\"\"\"\",\"\"\"\"\"\"\n"), (std::vector<Record>{{"\"", "\"\""}}));
  EXPECT_EQ(records("a,b\n1,\"2\""), (std::vector<Record>{{"1", "2"}}));
  EXPECT_EQ(records("a,b\n5\" disc,x\"\n"), (std::vector<Record>{{"5\" disc", "x\""}}));
  EXPECT_EQ(records("a\n\"\"\n"), (std::vector<Record>{{""}}));
}

TEST_F(Csv, LineBreaksInsideQuotesCountAsLines) {
  const Read all = read("a,b\n\"one\ntwo\r\nthree\rfour\",x\ny,\"\n\"\nz,w\n");
  EXPECT_EQ(all.records,
            (std::vector<Record>{{"one\ntwo\r\nthree\rfour", "x"}, {"y", "\n"}, {"z", "w"}}));
  EXPECT_EQ(all.lines, (std::vector<int64_t>{2, 6, 8}));
}

TEST_F(Csv, EmptyFieldsStay) {
  EXPECT_EQ(records("a,b,c\n,,\n,x,\n"), (std::vector<Record>{{"", "", ""}, {"", "x", ""}}));
}

TEST_F(Csv, HeaderAloneHasNoRecords) {
  EXPECT_TRUE(records("a,b\n").empty());
  EXPECT_TRUE(records("a,b").empty());
  expect_error("", "t.csv: is empty");
  expect_error("\n\r\n", "t.csv: is empty");
}

TEST_F(Csv, RaggedRecordsAreNamed) {
  expect_error("a,b\n1,2\n1,2,3\n", "t.csv: line 3: 3 fields where the header has 2");
  expect_error("a,b\n\"1\n\",2\n1\n", "t.csv: line 4: 1 field where the header has 2");
  expect_error("a;b\n1\n", "the separator is the semicolon");
}

TEST_F(Csv, BrokenQuotesAreNamed) {
  expect_error("a,b\n1,2\n3,\"4\n5,6\n", "t.csv: line 3: a quote opens here and is never closed");
  expect_error("a,b\n\"", "line 2: a quote opens here");
  expect_error("a,b\n\"1\n\"x,2\n", "line 3: text follows a closing quote");
}

TEST_F(Csv, OtherEncodingsAreNamed) {
  expect_error(std::string_view("\xff\xfe"
                                "a\0,\0b\0",
                                8),
               "save it as 'CSV UTF-8'");
  expect_error(std::string_view("a\0,\0b\0\n\0", 8), "line 1: contains a zero byte");
  expect_error("name,b\nok,1\nJos\xe9,2\n", "t.csv: line 3: byte 0xE9 is not UTF-8");
  expect_error("name,b\n\"ok\nJos\xe9\",2\n", "t.csv: line 3: byte 0xE9 is not UTF-8");
  expect_error("nam\xe9,b\n", "line 1: byte 0xE9");
  EXPECT_EQ(records("a\nJosé 😀 東京\n"), (std::vector<Record>{{"José 😀 東京"}}));
}

TEST_F(Csv, WindowsDoNotCutRecords) {
  // Quoted, long and short records, so that every search passes its window's end somewhere.
  Rng rng(7);
  std::vector<Record> expected;
  std::string text = "a,b,c\n";
  for (int i = 0; i < 3000; ++i) {
    Record record;
    for (int j = 0; j < 3; ++j) {
      std::string field;
      const uint64_t length = rng.below(20) == 0 ? rng.below(9000) : rng.below(40);
      for (uint64_t k = 0; k < length; ++k)
        field += "ab,\"\n\r;xyz"[rng.below(rng.below(2) ? 10 : 1)];
      record.push_back(field);
    }
    append_csv_row(text, record);
    expected.push_back(record);
  }
  EXPECT_EQ(records(text), expected);
}

TEST_F(Csv, SearchingIsLinear) {
  // Lone CR in one file, one quoted column in another: a search to the end of the file for every
  // record would take minutes.
  std::string returns = "a,b\r", quoted = "a\n";
  for (int i = 0; i < 400000; ++i) {
    returns += "1,2\r";
    quoted += "\"1\"\nx\"\n";
  }
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(records(returns).size(), 400000u);
  EXPECT_EQ(records(quoted).size(), 800000u);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

TEST_F(Csv, AnyBytesEndInRecordsOrOneError) {
  Rng rng(11);
  const std::string_view alphabet("ab,;\t\"\"\n\r\xc3\xa9\xff\0", 13);
  for (int i = 0; i < 5000; ++i) {
    std::string text;
    const uint64_t length = rng.below(24);
    for (uint64_t k = 0; k < length; ++k) text += alphabet[rng.below(alphabet.size() - (i % 3))];
    // A file that is cut and written again waits for the disk on ext4; a new one does not.
    std::filesystem::remove(folder_ / "t.csv");
    try {
      read(text);
    } catch (const UserError& error) {
      EXPECT_EQ(std::string_view(error.what()).find('\n'), std::string_view::npos);
    }
  }
}

TEST_F(Csv, WrittenFieldsAreQuotedOnlyWhereNeeded) {
  std::string out;
  append_csv_row(out, std::vector<std::string>{"plain", "a b", "x,y", "q\"q", "l\nl", "s;s", ""});
  EXPECT_EQ(out, "plain,a b,\"x,y\",\"q\"\"q\",\"l\nl\",\"s;s\",\n");
  out.clear();
  append_csv_row(out, std::vector<std::string>{""});
  EXPECT_EQ(out, "\"\"\n");
}

TEST_F(Csv, WriteCsvRowWritesTheSame) {
  AtomicFile file(folder_ / "w.csv");
  write_csv_row(file, std::vector<std::string>{"a", "b,c"});
  file.commit();
  EXPECT_EQ(test::read_text(folder_ / "w.csv"), "a,\"b,c\"\n");
}

TEST(CsvFloat, RandomBitPatternsReadBackBitEqual) {
  Rng rng(3);
  std::string text;
  for (int i = 0; i < 2'000'000; ++i) {
    const auto value = std::bit_cast<float>(static_cast<uint32_t>(rng.next()));
    if (!std::isfinite(value)) continue;
    text.clear();
    append_float(text, value);
    float back = 0;
    ASSERT_TRUE(parse_float(text, back)) << text;
    ASSERT_EQ(std::bit_cast<uint32_t>(back), std::bit_cast<uint32_t>(value)) << text;
  }
}

TEST(CsvFloat, EdgesReadBackBitEqual) {
  using Limits = std::numeric_limits<float>;
  for (const float value : {0.0f, -0.0f, Limits::denorm_min(), -Limits::denorm_min(), Limits::min(),
                            Limits::max(), Limits::lowest(), 0.1f, 1e-40f, 16777216.0f}) {
    std::string text;
    append_float(text, value);
    float back = 1;
    ASSERT_TRUE(parse_float(text, back)) << text;
    EXPECT_EQ(std::bit_cast<uint32_t>(back), std::bit_cast<uint32_t>(value)) << text;
  }
}

TEST(CsvFloat, TakesBlanksAndSigns) {
  float value = 0;
  EXPECT_TRUE(parse_float(" +1.5e1\t", value));
  EXPECT_EQ(value, 15.0f);
  EXPECT_TRUE(parse_float("-.5", value));
  EXPECT_EQ(value, -0.5f);
  // Halfway between two floats, with a digit far behind that decides.
  EXPECT_TRUE(parse_float("1.00000005960464477539062500000000000000000000000000000001", value));
  EXPECT_EQ(value, std::nextafter(1.0f, 2.0f));
}

TEST(CsvFloat, RefusesWhatIsNoFiniteNumber) {
  for (const char* text :
       {"",    " ",         "abc",  "1.5x",   "1 2",  "+-1", "++1", "nan", "NaN", "-nan",
        "inf", "-Infinity", "1e39", "-1e400", "0x10", "1,5", ".",   "-",   "+",   "e5"}) {
    float value = 42;
    EXPECT_FALSE(parse_float(text, value)) << text;
    EXPECT_EQ(value, 42) << text;
  }
}

TEST(CsvFloat, SaysWhy) {
  EXPECT_EQ(float_problem("  "), "is empty");
  EXPECT_EQ(float_problem("abc"), "'abc' is not a number");
  EXPECT_EQ(float_problem("nan"), "is NaN");
  EXPECT_EQ(float_problem("-inf"), "is infinite");
  EXPECT_EQ(float_problem("1e39"), "'1e39' is too large for a 32-bit float");
  EXPECT_EQ(quoted_excerpt("a\nb"), "'a b'");
  EXPECT_EQ(quoted_excerpt("ééé", 3), "'éé...'");
}

}  // namespace
}  // namespace puente
