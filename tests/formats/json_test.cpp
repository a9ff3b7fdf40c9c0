#include "formats/json.h"

#include <chrono>

#include "formats/toml.h"
#include "support/files.h"

namespace puente {
namespace {

using test::expect_user_error;

TEST(Json, KeepsTheOrderOfKeys) {
  test::TemporaryFolder folder;
  const Json json = read_json(folder.file(
      "a.json",
      R"({"z": 1, "a": [true, null, -2.5, "x\u00e9"], "m": {"k": 18446744073709551615}})"));
  EXPECT_EQ(json.dump(), R"({"z":1,"a":[true,null,-2.5,"xé"],"m":{"k":18446744073709551615}})");
  EXPECT_EQ(json["m"]["k"].get<uint64_t>(), UINT64_MAX);
}

TEST(Json, SkipsAByteOrderMark) { EXPECT_EQ(parse_json("\xef\xbb\xbf[1]", "x").dump(), "[1]"); }

TEST(Json, NamesThePlaceOfAMistake) {
  test::TemporaryFolder folder;
  const auto path = folder.file("a.json", "{\n  \"a\": 1,\n  \"b\": x\n}");
  expect_user_error([&] { read_json(path); }, path.string() + ": line 3, column 8: not JSON: ");
  expect_user_error([&] { parse_json("", "x"); }, "x: line 1, column 1: not JSON: ");
  expect_user_error([&] { parse_json("[1, 2", "x"); }, "x: line 1, column 6: not JSON: ");
  expect_user_error([&] { parse_json("[1] 2", "x"); }, "x: line 1, column 5: not JSON: ");
  expect_user_error([&] { parse_json("[1e999]", "x"); }, "number overflow");
  expect_user_error([&] { parse_json("\"\xff\n\"", "x"); }, "UTF-8");
  expect_user_error([&] { parse_json("[NaN]", "x"); }, "not JSON");
}

TEST(Json, RefusesAKeyThatIsThereTwice) {
  expect_user_error([&] { parse_json(R"({"a": {"b": 1, "c": 2, "b": 3}})", "x"); },
                    "the key \"b\" is there twice");
  EXPECT_EQ(parse_json(R"([{"b": 1}, {"b": 2}])", "x").size(), 2u);
}

TEST(Json, DeepNestingIsNoStackOverflow) {
  expect_user_error([&] { parse_json(std::string(1 << 20, '['), "x"); }, "not JSON");
  const std::string deep = std::string(100000, '[') + std::string(100000, ']');
  EXPECT_TRUE(parse_json(deep, "x").is_array());
}

TEST(Json, LargeObjectsTakeLinearTime) {
  std::string text = "{";
  for (int i = 0; i < 200000; ++i) text += (i ? ",\"w" : "\"w") + std::to_string(i) + "\":1";
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(parse_json(text + "}", "x").size(), 200000u);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

TEST(Toml, BecomesJsonInTheOrderOfTheFile) {
  test::TemporaryFolder folder;
  const Json json = read_toml(folder.file("a.toml", R"(
name = "HAM10000"
seeds = [1, 2]
day = 2024-05-01
[z]
on = true
lambda = 0.5
[[a]]
k = "v"
[[a]]
k = "w"
)"));
  EXPECT_EQ(json.dump(), R"({"name":"HAM10000","seeds":[1,2],"day":"2024-05-01",)"
                         R"("z":{"on":true,"lambda":0.5},"a":[{"k":"v"},{"k":"w"}]})");
}

TEST(Toml, NamesThePlaceOfAMistake) {
  test::TemporaryFolder folder;
  const auto path = folder.file("a.toml", "a = 1\nb = = 2\n");
  expect_user_error([&] { read_toml(path); }, path.string() + ": line 2, column 5: not TOML: ");
  const auto twice = folder.file("b.toml", "a = 1\na = 2\n");
  expect_user_error([&] { read_toml(twice); }, "line 2");
  const auto bytes = folder.file("c.toml", "a = \"\xff\"\n");
  expect_user_error([&] { read_toml(bytes); }, "line 1");
}

TEST(Toml, DeepNestingIsNoStackOverflow) {
  test::TemporaryFolder folder;
  const auto path = folder.file("a.toml", "a = " + std::string(100000, '['));
  expect_user_error([&] { read_toml(path); }, "not TOML");
}

}  // namespace
}  // namespace puente
