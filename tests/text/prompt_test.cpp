#include "text/prompt.h"

#include <gtest/gtest.h>

#include "support/files.h"

namespace puente {
namespace {

using test::expect_user_error;
using Values = std::vector<std::string_view>;

std::string render(std::string_view text, const Values& values) {
  return Prompt(text).render(values, 3, "m.csv");
}

void expect_render_error(std::string_view text, const Values& values, std::string_view part) {
  expect_user_error([&] { render(text, values); }, part);
}

TEST(Prompt, HamTemplate) {
  const Prompt prompt("Age: {age|int|unknown}. Sex: {sex|unknown}. Site: {localization|unknown}.");
  EXPECT_EQ(prompt.columns(), (std::vector<std::string>{"age", "sex", "localization"}));
  EXPECT_EQ(prompt.render({"80.0", "male", "scalp"}, 1, "m"), "Age: 80. Sex: male. Site: scalp.");
  EXPECT_EQ(prompt.render({"", "NaN", "unknown"}, 1, "m"),
            "Age: unknown. Sex: unknown. Site: unknown.");
}

TEST(Prompt, PlainTextAndBraces) {
  EXPECT_EQ(render("no fields", {}), "no fields");
  EXPECT_EQ(render("{{a}} {x} {{", {"1"}), "{a} 1 {");
  EXPECT_EQ(render("{x}{y}{x}", {"1", "2"}), "121");
  EXPECT_EQ(Prompt("{x}{y}{x}").columns().size(), 2u);
  EXPECT_EQ(render("{ x }", {" as it stands "}), " as it stands ");
  EXPECT_EQ(render("été {âge}", {"5"}), "été 5");
}

TEST(Prompt, WholeNumbers) {
  const auto whole = [](std::string_view value) { return render("{a|int}", {value}); };
  EXPECT_EQ(whole("80"), "80");
  EXPECT_EQ(whole("80.0"), "80");
  EXPECT_EQ(whole("80."), "80");
  EXPECT_EQ(whole(" 80.000 "), "80");
  EXPECT_EQ(whole("+5"), "5");
  EXPECT_EQ(whole("-5.0"), "-5");
  EXPECT_EQ(whole("-0"), "0");
  EXPECT_EQ(whole("007"), "7");
  EXPECT_EQ(whole("000"), "0");
  EXPECT_EQ(whole("123456789012345678901234567890"), "123456789012345678901234567890");
}

TEST(Prompt, OtherNumbersAreRefusedEvenWithFallback) {
  for (const std::string_view value : {"45,5", "5O", "80.5", "abc", ".5", ".", "-", "1e3", "0x10",
                                       "8 0", "80.0.0", "inf", "--5"}) {
    expect_render_error("{age|int|unknown}", {value}, "m.csv: line 3, column 'age': '");
  }
  expect_render_error("{age|int}", {"5O"}, "'5O' is not a whole number; correct it");
}

TEST(Prompt, MissingValues) {
  EXPECT_EQ(render("{a|none given}", {"  "}), "none given");
  EXPECT_EQ(render("<{a|}>", {"NA"}), "<>");
  EXPECT_EQ(render("{a|x}", {"unknown"}), "unknown");
  expect_render_error("{a}", {""}, "m.csv: line 3, column 'a': the value is missing");
  expect_render_error("{a}", {"null"}, "{a|unknown}");
  expect_render_error("{a|int}", {"nan"}, "{a|int|unknown}");
}

TEST(Prompt, IsMissing) {
  for (const char* value :
       {"", " \t\r\n", "NA", "na", "N/A", "nan", "NaN", "null", "NULL", "None", " none ", "#N/A"}) {
    EXPECT_TRUE(is_missing(value)) << value;
  }
  for (const char* value : {"unknown", "0", "-", "nana", "no", "n", "false", "#NA"}) {
    EXPECT_FALSE(is_missing(value)) << value;
  }
}

TEST(Prompt, ValueMaps) {
  const std::string_view text = "{eye|1=right,2=left|unknown} eye";
  EXPECT_EQ(render(text, {"1"}), "right eye");
  EXPECT_EQ(render(text, {" 2 "}), "left eye");
  EXPECT_EQ(render(text, {""}), "unknown eye");
  expect_render_error(text, {"3"}, "line 3, column 'eye': '3' is not in the prompt's value map");
  expect_render_error(text, {"1.0"}, "(it has 1, 2)");
  EXPECT_EQ(render("{eye|int|1=right,2=left}", {"1.0"}), "right");
  EXPECT_EQ(render("{eye|int| 1 = right eye , 2 = left}", {"1"}), "right eye");
  expect_render_error("{eye|1=right}", {""}, "missing");
  EXPECT_EQ(render("{x|0=,1=yes}", {"0"}), "");
  EXPECT_EQ(render("{x|NA=not applicable,1=yes|?}", {"NA"}), "not applicable");
  EXPECT_EQ(render("{x|a=b=c}", {"a"}), "b=c");
}

TEST(Prompt, MistakesNameThePosition) {
  const auto expect = [](std::string_view text, std::string_view part) {
    expect_user_error([&] { Prompt prompt(text); }, part);
  };
  expect("", "prompt: empty");
  expect("Age {age", "position 5: '{' without a '}'");
  expect("Age }", "position 5: '}' without a '{'");
  expect("Age {age}}", "position 10: '}' without");
  expect("{", "position 1:");
  expect("{a{b}}", "position 1: '{' without a '}'");
  expect("été {", "position 5:");
  expect("x {}", "position 3: a field without a column's name");
  expect("{|int}", "position 1: a field without a column's name");
  expect("{  |x}", "a field without a column's name");
  expect("{a|x|y}", "'y' stands after the fallback 'x'");
  expect("{a|x|int}", "'int' stands after the fallback");
  expect("{a|1=x,1=y}", "has '1' twice");
  expect("{a|1=x,y}", "'y' is not KEY=TEXT");
  expect("{a|1=x,}", "'' is not KEY=TEXT");
}

TEST(Prompt, ErrorsStayOnOneLineAndShort) {
  const std::string value = "line\nbreak " + std::string(5000, 'x');
  try {
    render("{a|int}", {value});
    FAIL();
  } catch (const UserError& error) {
    EXPECT_LT(std::string_view(error.what()).size(), 300u);
    EXPECT_EQ(std::string_view(error.what()).find('\n'), std::string_view::npos);
  }
}

TEST(Prompt, OfAColumnTakesAnyName) {
  const Prompt prompt = Prompt::of_column("notes {raw|1}");
  EXPECT_EQ(prompt.columns(), std::vector<std::string>{"notes {raw|1}"});
  EXPECT_EQ(prompt.render({"cough; {fever}"}, 2, "m.csv"), "cough; {fever}");
  test::expect_user_error([&] { prompt.render({""}, 2, "m.csv"); }, "m.csv: line 2");
}

TEST(Prompt, SaysWhereItsFieldsStand) {
  const Prompt prompt("Age: {age|int|unknown}. {note|}Eye {eye|1=right,2=left}, {age}.");
  const RenderedPrompt rendered = prompt.render_with_places({"80.0", "", "2"}, 3, "m.csv");
  EXPECT_EQ(rendered.text, "Age: 80. Eye left, 80.0.");
  std::vector<std::string> shown;
  for (const PromptPlace& place : rendered.fields) {
    shown.push_back(prompt.columns()[size_t(place.column)] + "=" +
                    rendered.text.substr(place.begin, place.end - place.begin));
  }
  EXPECT_EQ(shown, (std::vector<std::string>{"age=80", "note=", "eye=left", "age=80.0"}));
  EXPECT_TRUE(Prompt("no fields").render_with_places({}, 3, "m.csv").fields.empty());
}

TEST(Prompt, SaysWhatItsFieldsTake) {
  const std::vector<PromptField> fields =
      Prompt("{age|int|unknown} {sex} {age} {eye|1=right,2=left|}").fields();
  ASSERT_EQ(fields.size(), 3u);
  EXPECT_EQ(fields[0].column, "age");
  EXPECT_TRUE(fields[0].as_int && fields[0].has_fallback);
  EXPECT_EQ(fields[0].fallback, "unknown");
  EXPECT_EQ(fields[1].column, "sex");
  EXPECT_FALSE(fields[1].as_int || fields[1].has_fallback);
  EXPECT_EQ(fields[2].known, (std::vector<std::string>{"1", "2"}));
  EXPECT_TRUE(fields[2].has_fallback);
  EXPECT_TRUE(Prompt("none").fields().empty());
}

}  // namespace
}  // namespace puente
