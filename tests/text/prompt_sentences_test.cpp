#include "text/prompt_sentences.h"

#include <gtest/gtest.h>

namespace puente {
namespace {

using Sentences = std::vector<std::string>;

void expect_cut(std::string_view prompt, const Sentences& movable, std::string_view start = "",
                std::string_view end = "") {
  const auto cut = cut_prompt(prompt);
  ASSERT_TRUE(cut) << prompt;
  EXPECT_EQ(cut->movable, movable) << prompt;
  EXPECT_EQ(cut->start, start);
  EXPECT_EQ(cut->end, end);
  std::vector<int> order(movable.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
  EXPECT_EQ(cut->in_order(order), prompt);
}

TEST(CutPrompt, AtTheEndsOfSentences) {
  expect_cut("Age: {age}. Sex: {sex}.", {"Age: {age}.", "Sex: {sex}."});
  expect_cut("Is it {a|int|none}? It is {b}! {c} too.",
             {"Is it {a|int|none}?", "It is {b}!", "{c} too."}, "", "");
  expect_cut("Age: {age}\nsex: {sex}\n{site}", {"Age: {age}", "sex: {sex}", "{site}"});
  expect_cut("{age}.  {sex}.", {"{age}.", "{sex}."});
  expect_cut("Size: {a}x{b} mm. \u00c9tat: {c}.", {"Size: {a}x{b} mm.", "\u00c9tat: {c}."});
  expect_cut("{{x}} {a}. {{y}} {b}.", {"{{x}} {a}.", "{{y}} {b}."});
}

TEST(CutPrompt, FieldsMayHoldMarksAndBlanks) {
  expect_cut("Eye: {eye|1=Right. Eye,2=Left. Eye|Not. Known}. Sex: {sex}.",
             {"Eye: {eye|1=Right. Eye,2=Left. Eye|Not. Known}.", "Sex: {sex}."});
  expect_cut("Eye: {eye|Not\nknown}. Sex: {sex}.", {"Eye: {eye|Not\nknown}.", "Sex: {sex}."});
}

TEST(CutPrompt, SentencesWithoutAField) {
  expect_cut("A photo. Of skin. Age: {age}. In years. Sex: {sex}. What is it?",
             {"Age: {age}. In years.", "Sex: {sex}."}, "A photo. Of skin.", "What is it?");
}

TEST(CutPrompt, WhatIsNoEnd) {
  expect_cut("Seen by dr. {name}. Sex: {sex}.", {"Seen by dr. {name}.", "Sex: {sex}."});
  expect_cut("Sex {sex}, approx. {age} years. Site: {site}.",
             {"Sex {sex}, approx. {age} years.", "Site: {site}."});
  expect_cut("Size {a} mm. long. Site: {site}.", {"Size {a} mm. long.", "Site: {site}."});
}

TEST(CutPrompt, NotCleanly) {
  for (const std::string_view prompt :
       {"", "Age: {age}.", "Age: {age}, sex: {sex}.", "No field. Here neither.",
        "Age: {age}. Fine.", "Age: {age}. Sex: {sex}", "Age: {age}. Sex: {sex}.  Site: {site}.",
        " Age: {age}. Sex: {sex}.", "Age: {age}. Sex: {sex}. ",
        "Age: {age}.\nSex: {sex}. Site: {site}."}) {
    EXPECT_FALSE(cut_prompt(prompt)) << prompt;
  }
}

TEST(CutPrompt, AnotherOrder) {
  const auto cut = cut_prompt("Skin. A {a}. B {b}. C {c}. Which?");
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->in_order(std::vector<int>{2, 0, 1}), "Skin. C {c}. A {a}. B {b}. Which?");
}

}  // namespace
}  // namespace puente
