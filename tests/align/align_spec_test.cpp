#include "align/align_spec.h"

#include <gtest/gtest.h>
#include <utility>
#include <vector>

#include "support/files.h"

namespace puente {
namespace {

TEST(AlignSpec, ReadsWhatItWrites) {
  using Kind = AlignKind;
  const auto expect = [](const char* text, const std::vector<AlignStep>& steps) {
    EXPECT_EQ(AlignSpec::parse(text), AlignSpec{steps}) << text;
  };
  expect("none", {});
  expect("normalise", {{Kind::normalise, 0}});
  expect("normalize", {{Kind::normalise, 0}});
  expect("center+standardize", {{Kind::centre, 0}, {Kind::standardise, 0}});
  expect("shift:0.4", {{Kind::shift, 0.4}});
  expect("shift:+1", {{Kind::shift, 1}});
  expect("shift:+1+shift:+2", {{Kind::shift, 1}, {Kind::shift, 2}});
  expect("shift-interpolated:-1e-3", {{Kind::shift_interpolated, -1e-3}});
  expect("noise", {{Kind::noise, 0.1}});
  expect("noise:0.2+shift-learned+regularised:3",
         {{Kind::noise, 0.2}, {Kind::shift_learned, 0}, {Kind::regularised, 3}});
  expect("noise:paper+pca:12", {{Kind::noise_paper, 0}, {Kind::pca, 12}});
  expect("whiten+procrustes+ridge+cca:8",
         {{Kind::whiten, 0}, {Kind::procrustes, 0}, {Kind::ridge, 0}, {Kind::cca, 8}});
  for (const auto& [text, lambda] : {std::pair("paper", 1.0), std::pair("paper:0.4", 0.4)}) {
    expect(text, {{Kind::noise_paper, 0}, {Kind::shift_printed, lambda}, {Kind::regularised, 1}});
  }
  for (const char* text : {"none", "normalise", "shift:0.30000000000000004", "paper:-1",
                           "shift-interpolated:-0.3333333333333333", "noise:0.1+cca:5+shift:0.2",
                           "centre+standardise+whiten+shift-learned", "noise:paper"}) {
    const AlignSpec spec = AlignSpec::parse(text);
    EXPECT_EQ(AlignSpec::parse(spec.text()), spec) << spec.text();
  }
  EXPECT_EQ((AlignSpec{{{Kind::shift, 0.4}}}.text()), "shift:0.4");
  EXPECT_EQ(AlignSpec::parse("paper").text(), "noise:paper+shift-printed:1+regularised:1");
}

TEST(AlignSpec, SaysWhatIsWrong) {
  const auto expect = [](const char* spec, const char* part) {
    SCOPED_TRACE(spec);
    test::expect_user_error([&] { AlignSpec::parse(spec); }, part);
  };
  expect("shift", "lambda is missing; write for example 'shift:0.4'");
  expect("shift-interpolated", "write for example 'shift-interpolated:0.4'");
  expect("shift:", "lambda '' is not a number");
  expect("shift:abc", "lambda 'abc' is not a number");
  expect("shift:0.4x", "lambda '0.4x' is not a number");
  expect("shift: 0.4", "is not a number");
  expect("shift:0,4", "lambda '0,4' is not a number");
  expect("shift:nan", "lambda 'nan' is not a number");
  expect("shift:-inf", "lambda '-inf' is not a number");
  expect("shift:1e999", "is not a number");
  expect("shift:+-1", "is not a number");
  expect("normalise:0.4", "takes no number");
  expect("none:", "takes no number");
  expect("none+shift:1", "'none' stands alone");
  expect("wobble", "known are none, normalise, centre,");
  expect("", "no method ''");
  expect("shift:1+", "no method ''");
  expect("+shift:1", "no method ''");
  expect("noise:0", "above 0");
  expect("noise:loud", "the noise 'loud' is not a number");
  expect("noise:paper:1", "the noise 'paper:1' is not a number");
  expect("pca", "how many components?");
  expect("cca:0", "0 is no number of components");
  expect("pca:2.5", "2.5 is no number of components");
  expect("regularised", "the weight is missing");
  expect("regularised:-1", "above 0");
  expect("regularised:1+paper", "'regularised' is there twice");
  expect("shift-learned+centre", "after 'shift-learned' only 'regularised' may come");
  expect("shift-learned+shift-learned", "'shift-learned' is there twice");
  expect("paper:high", "lambda 'high' is not a number");
}

TEST(AlignFamily, FillsTheLambdasThatAreOpen) {
  for (const char* closed : {"none", "centre", "shift:0.4", "noise+shift-learned", "paper:1"}) {
    EXPECT_FALSE(AlignFamily(closed).is_open()) << closed;
    EXPECT_EQ(AlignFamily(closed).at(0.7), AlignSpec::parse(closed));
  }
  for (const auto& [open, filled] :
       {std::pair("shift", "shift:0.7"),
        std::pair("noise+shift-printed", "noise:0.1+shift-printed:0.7"),
        std::pair("paper", "paper:0.7"), std::pair("pca:3+shift", "pca:3+shift:0.7"),
        std::pair("shift:1+shift", "shift:1+shift:0.7")}) {
    EXPECT_TRUE(AlignFamily(open).is_open()) << open;
    EXPECT_EQ(AlignFamily(open).at(0.7), AlignSpec::parse(filled));
    EXPECT_EQ(AlignFamily(open).name(), open);
  }
  test::expect_user_error([] { AlignFamily("shift+pca"); }, "how many components?");
}

TEST(AlignSpec, OfTwoSizes) {
  const auto expect = [](const char* one_size, const char* two_sizes) {
    EXPECT_EQ(AlignSpec::parse(one_size).interpolated(), AlignSpec::parse(two_sizes)) << one_size;
  };
  expect("centre+shift:0.4", "centre+shift-interpolated:0.4");
  for (const char* same : {"none", "pca:3+shift:0.4", "cca:3+shift:0.4", "ridge+shift:0.4"}) {
    expect(same, same);
  }
}

TEST(AlignSpec, OfOneModality) {
  const auto expect = [](const char* both, const char* one) {
    EXPECT_EQ(AlignSpec::parse(both).for_one_modality(), AlignSpec::parse(one)) << both;
  };
  expect("none", "none");
  expect("shift:0.4", "normalise");
  expect("noise:0.1+pca:4+shift-learned+regularised:1", "pca:4+normalise");
  expect("centre+procrustes", "centre");
  expect("cca:3", "none");
}

}  // namespace
}  // namespace puente
