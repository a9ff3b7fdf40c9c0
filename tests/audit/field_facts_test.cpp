#include "audit/field_facts.h"

#include <gtest/gtest.h>

#include "support/files.h"

namespace puente {
namespace {

using test::expect_user_error;
using test::TemporaryFolder;

TEST(FieldFacts, Reads) {
  const TemporaryFolder folder;
  const FieldFacts facts = read_field_facts(folder.file("fields.toml", R"(
[fields.age]
known = "before"
[fields.vessels]
known = "same-reading"
[fields.dx_type]
known = "after"
allowed = true
[label.synonyms]
mel = ["melanoma", "malignant melanoma"]
)"));
  EXPECT_EQ(facts.of("age").known, Known::before);
  EXPECT_FALSE(facts.of("age").forbidden());
  EXPECT_EQ(facts.of("vessels").known, Known::same_reading);
  EXPECT_TRUE(facts.of("vessels").forbidden());
  EXPECT_EQ(facts.of("dx_type").known, Known::after);
  EXPECT_FALSE(facts.of("dx_type").forbidden());
  EXPECT_EQ(facts.of("sex").known, Known::undeclared);
  EXPECT_FALSE(facts.of("sex").forbidden());
  EXPECT_EQ(facts.synonyms.at("mel"), (std::vector<std::string>{"melanoma", "malignant melanoma"}));
}

TEST(FieldFacts, InsideARecipeOtherTablesAreNotItsBusiness) {
  const Json recipe = parse_json(
      R"({"name": "x", "label": {"column": "dx"}, "fields": {"age": {"known": "before"}}})", "r");
  EXPECT_EQ(field_facts_of(recipe, "r").of("age").known, Known::before);
  EXPECT_TRUE(field_facts_of(parse_json("{}", "r"), "r").fields.empty());
}

TEST(FieldFacts, Mistakes) {
  const TemporaryFolder folder;
  const auto expect = [&](std::string_view text, std::string_view message) {
    const auto path = folder.file("f.toml", text);
    expect_user_error([&] { read_field_facts(path); }, message);
    expect_user_error([&] { read_field_facts(path); }, path.string());
  };
  expect("[fields.a\nknown = 1", "line 1, column");
  expect("[fields.a]\nknown = \"later\"", "fields.a.known: 'later' is none of");
  expect("[fields.a]\nknown = 3", "fields.a.known: '3' is none of");
  expect("[fields.a]\nallowed = true", "fields.a does not say when it is known");
  expect("[fields.a]\nknown = \"after\"\nallowed = \"yes\"", "fields.a.allowed is neither");
  expect("[fields.a]\nknown = \"after\"\nallow = true", "fields.a.allow: there is no such key");
  expect("[fields]\na = \"before\"", "fields.a is not a table");
  expect("fields = 3", "fields is not a table");
  expect("[label.synonyms]\nmel = \"melanoma\"", "label.synonyms.mel is not a list");
  expect("[label.synonyms]\nmel = [3]", "label.synonyms.mel is not a list");
  expect("[label.synonyms]\nmel = [\"\"]", "label.synonyms.mel is not a list");
  expect("[label]\nsynonym = 3", "label.synonym: there is no such key");
  expect("[field.a]\nknown = \"before\"", "no such table as [field]");
}

}  // namespace
}  // namespace puente
