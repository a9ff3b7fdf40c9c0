#include "eval/curves.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>

#include "predictions_of.h"
#include "support/files.h"

namespace puente {
namespace {

using GoldenCurve = std::vector<ThresholdPoint>;

GoldenCurve golden_curve(const nlohmann::json& points) {
  GoldenCurve curve;
  for (const auto& point : points) {
    curve.push_back({point[0], point[1], point[2].is_null() ? NAN : point[2].get<double>()});
  }
  return curve;
}

bool is_at(const ThresholdPoint& a, const ThresholdPoint& b) {
  const bool same_threshold =
      a.threshold == b.threshold || (std::isnan(a.threshold) && std::isnan(b.threshold));
  return same_threshold && std::abs(a.x - b.x) < 1e-12 && std::abs(a.y - b.y) < 1e-12;
}

void expect_among(const GoldenCurve& points, const GoldenCurve& all) {
  for (const ThresholdPoint& point : points) {
    EXPECT_TRUE(std::ranges::any_of(all, [&](const ThresholdPoint& p) { return is_at(p, point); }))
        << point.x << " " << point.y << " " << point.threshold;
  }
}

bool is_between(const ThresholdPoint& a, const ThresholdPoint& p, const ThresholdPoint& b) {
  const auto in = [](double low, double x, double high) {
    return std::min(low, high) - 1e-12 <= x && x <= std::max(low, high) + 1e-12;
  };
  const double off = (p.x - a.x) * (b.y - a.y) - (p.y - a.y) * (b.x - a.x);
  return std::abs(off) < 1e-12 && in(a.x, p.x, b.x) && in(a.y, p.y, b.y);
}

/// Nothing that was left out bends the curve.
void expect_same_line(const GoldenCurve& points, const GoldenCurve& all) {
  ASSERT_GE(points.size(), 2u);
  for (const ThresholdPoint& point : all) {
    bool found = false;
    for (size_t i = 1; i < points.size(); ++i) {
      found = found || is_between(points[i - 1], point, points[i]);
    }
    EXPECT_TRUE(found) << point.x << " " << point.y;
  }
}

double area_under(const GoldenCurve& roc) {
  double area = 0;
  for (size_t i = 1; i < roc.size(); ++i) {
    area += (roc[i].x - roc[i - 1].x) * (roc[i].y + roc[i - 1].y) / 2;
  }
  return area;
}

double average_precision(const GoldenCurve& curve) {
  double sum = 0;
  for (size_t i = 1; i < curve.size(); ++i) sum += (curve[i].x - curve[i - 1].x) * curve[i].y;
  return sum;
}

TEST(Curves, AreScikitLearnsWithoutPointsOnALine) {
  const auto golden = nlohmann::json::parse(test::read_text(test::golden("curves.json")));
  const auto metrics = nlohmann::json::parse(test::read_text(test::golden("metrics.json")));
  size_t seen = 0;
  for (const auto& of : metrics["cases"]) {
    const Predictions predictions = test::predictions_of(of["label"], of["probability_1024ths"]);
    for (const auto& expected : golden["cases"]) {
      if (expected["case"] != of["name"]) continue;
      const auto k = expected["class"].get<int64_t>();
      SCOPED_TRACE(of["name"].get<std::string>() + ", class " + std::to_string(k));
      ++seen;
      const ClassCurves curves = curves_of_class(predictions, k);
      EXPECT_FALSE(curves.thinned);
      expect_among(curves.roc, golden_curve(expected["roc_without_intermediate"]));
      expect_same_line(curves.roc, golden_curve(expected["roc"]));
      const GoldenCurve all = golden_curve(expected["precision_recall"]);
      expect_among(curves.precision_recall, all);
      expect_same_line(curves.precision_recall, all);
      const auto own = static_cast<size_t>(k);
      EXPECT_NEAR(area_under(curves.roc), of["class_auc"][own].get<double>(), 1e-12);
      EXPECT_NEAR(average_precision(curves.precision_recall),
                  of["class_average_precision"][own].get<double>(), 1e-12);
    }
  }
  EXPECT_EQ(seen, golden["cases"].size());
  EXPECT_EQ(seen, 23u);
}

/// Rows whose scores overlap so much that nearly every one is a corner.
Predictions many_rows(int32_t rows) {
  Predictions predictions;
  predictions.probabilities = Matrix(rows, 2);
  for (int32_t i = 0; i < rows; ++i) {
    predictions.label.push_back(i * 7 % 3 == 0 ? 1 : 0);
    const float p = static_cast<float>(i) / static_cast<float>(rows);
    predictions.probabilities(i, 1) = p;
    predictions.probabilities(i, 0) = 1 - p;
  }
  return predictions;
}

TEST(Curves, OfManyRowsAreThinnedAndKeepTheirEnds) {
  const Predictions predictions = many_rows(5000);
  const ClassCurves all = curves_of_class(predictions, 1, 100'000);
  const ClassCurves few = curves_of_class(predictions, 1);
  EXPECT_FALSE(all.thinned);
  EXPECT_TRUE(few.thinned);
  EXPECT_GT(all.roc.size(), 3000u);
  for (const auto& [thinned, whole] :
       {std::pair{&few.roc, &all.roc}, {&few.precision_recall, &all.precision_recall}}) {
    EXPECT_LE(thinned->size(), kCurvePoints);
    EXPECT_GT(thinned->size(), kCurvePoints / 2);
    expect_among(*thinned, *whole);
    EXPECT_TRUE(is_at(thinned->front(), whole->front()));
    EXPECT_TRUE(is_at(thinned->back(), whole->back()));
  }
  EXPECT_NEAR(area_under(few.roc), area_under(all.roc), 1e-3);
}

TEST(Curves, ThatRowsDoNotGiveAreEmpty) {
  const Predictions predictions = test::predictions_of({0, 0}, {{512, 512}, {511, 513}});
  EXPECT_TRUE(curves_of_class(predictions, 1).roc.empty());
  EXPECT_TRUE(curves_of_class(predictions, 1).precision_recall.empty());
  EXPECT_TRUE(curves_of_class(predictions, 0).roc.empty());  // nothing can be said wrongly
  EXPECT_EQ(curves_of_class(predictions, 0).precision_recall.back().x, 1);
}

}  // namespace
}  // namespace puente
