#include "certify/verdict.h"

#include <gtest/gtest.h>
#include <limits>
#include <string>

namespace puente {
namespace {

constexpr Parity kGood{
    .inputs = 100, .mean_cosine = 0.99, .lowest_cosine = 0.95, .same_neighbour = 0.97, .cone = 0.9};

LabelCheck label(double fp32, double int8) {
  LabelCheck check;
  check.question.label = "dx";
  check.fp32.macro_f1 = fp32;
  check.int8.macro_f1 = int8;
  return check;
}

void expect_fp32(const Verdict& verdict, const std::string& part) {
  EXPECT_EQ(verdict.precision, Precision::fp32);
  EXPECT_NE(verdict.why.find(part), std::string::npos) << verdict.why;
  EXPECT_EQ(verdict.why.find('\n'), std::string::npos);
}

TEST(Verdict, IsInt8AtTheBoundsThemselves) {
  const Verdict verdict = judge(kGood, kGood, std::nullopt);
  EXPECT_EQ(verdict.precision, Precision::int8);
  EXPECT_EQ(verdict.why,
            "images: centred cosine 0.9900, lowest 0.9500, same neighbour 0.970; texts: centred "
            "cosine 0.9900, lowest 0.9500, same neighbour 0.970");
}

TEST(Verdict, IsFp32WhereOneNumberFallsShort) {
  Parity parity = kGood;
  parity.mean_cosine = 0.9899;
  expect_fp32(judge(parity, std::nullopt, std::nullopt),
              "mean centred cosine 0.9899 is under 0.99");
  parity = kGood;
  parity.lowest_cosine = 0.9499;
  expect_fp32(judge(std::nullopt, parity, std::nullopt), "lowest centred cosine 0.9499");
  parity = kGood;
  parity.same_neighbour = 0.96;
  expect_fp32(judge(kGood, parity, std::nullopt), "texts: share of same nearest neighbours 0.9600");
  expect_fp32(judge(parity, kGood, std::nullopt), "images: share");
  parity.mean_cosine = std::numeric_limits<double>::quiet_NaN();
  expect_fp32(judge(parity, std::nullopt, std::nullopt), "mean centred cosine nan");
}

TEST(Verdict, NamesEveryReason) {
  Parity parity = kGood;
  parity.mean_cosine = parity.lowest_cosine = 0.5;
  const Verdict verdict = judge(parity, std::nullopt, label(0.7, 0.6));
  expect_fp32(verdict, "mean centred cosine");
  expect_fp32(verdict, "; lowest centred cosine");
  expect_fp32(verdict, "; dx: macro F1 falls from 0.7000 to 0.6000");
}

TEST(Verdict, LetsALabelLoseALittle) {
  EXPECT_EQ(judge(kGood, std::nullopt, label(0.7, 0.6901)).precision, Precision::int8);
  EXPECT_EQ(judge(kGood, std::nullopt, label(0.7, 0.8)).precision, Precision::int8);
  expect_fp32(judge(kGood, std::nullopt, label(0.7, 0.6899)), "dx: macro F1");
}

}  // namespace
}  // namespace puente
