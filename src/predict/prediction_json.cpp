#include "predict/prediction_json.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace puente {
namespace {

Json answer_json(const Bundle& bundle, const Answer& answer) {
  Json probabilities = Json::object();
  for (size_t k = 0; k < bundle.classes.size(); ++k) {
    probabilities[bundle.classes[k]] = answer.probabilities[k];
  }
  return {{"predicted", bundle.classes[static_cast<size_t>(answer.predicted)]},
          {"probabilities", probabilities}};
}

Json alone_json(const Bundle& bundle, const std::optional<Answer>& answer) {
  return answer ? answer_json(bundle, *answer) : Json(nullptr);
}

Json point_json(const Bundle& bundle, const ChosenThreshold& one) {
  return {{"class", bundle.classes[static_cast<size_t>(one.positive_class)]},
          {"wish", std::string(name_of(one.wish))},
          {"wished", one.wished},
          {"threshold", one.chosen ? Json(one.chosen->threshold) : Json(nullptr)}};
}

bool is_reached(const ChosenThreshold& one, const LabelPrediction& label) {
  return one.chosen && label.raw[static_cast<size_t>(one.positive_class)] >= one.chosen->threshold;
}

std::string percent(float share) { return fmt::format("{:.1f} %", 100 * share); }

}  // namespace

Json prediction_json(const std::vector<Bundle>& labels, const Prediction& prediction) {
  Json json;
  json["labels"] = Json::array();
  for (size_t l = 0; l < labels.size(); ++l) {
    const Bundle& bundle = labels[l];
    const LabelPrediction& label = prediction.labels[l];
    Json one = {{"label", bundle.label}};
    one.update(answer_json(bundle, label.whole));
    one["operating_points"] = Json::array();
    for (const ChosenThreshold& threshold : bundle.fitted.thresholds) {
      Json point = point_json(bundle, threshold);
      point["probability"] = label.raw[static_cast<size_t>(threshold.positive_class)];
      point["reached"] = is_reached(threshold, label);
      one["operating_points"].push_back(point);
    }
    one["image_alone"] = alone_json(bundle, label.image_alone);
    one["text_alone"] = alone_json(bundle, label.text_alone);
    json["labels"].push_back(one);
  }
  json["text"] = prediction.text ? Json(*prediction.text) : Json(nullptr);
  json["neighbours"] = nullptr;
  if (prediction.neighbours) {
    json["neighbours"] = Json::array();
    for (const Neighbour& near : *prediction.neighbours) {
      json["neighbours"].push_back(
          {{"name", near.name}, {"label", near.label}, {"similarity", near.similarity}});
    }
  }
  json["cautions"] = prediction.cautions;
  return json;
}

std::string prediction_text(const std::vector<Bundle>& labels, const Prediction& prediction) {
  std::string text;
  for (size_t l = 0; l < labels.size(); ++l) {
    const Bundle& bundle = labels[l];
    const LabelPrediction& label = prediction.labels[l];
    const auto named = [&](const Answer& answer) {
      const auto k = static_cast<size_t>(answer.predicted);
      return fmt::format("{} {}", bundle.classes[k], percent(answer.probabilities[k]));
    };
    text += fmt::format("{}: {}\n", bundle.label, named(label.whole));
    std::vector<size_t> order(bundle.classes.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::stable_sort(order, std::greater(),
                             [&](size_t k) { return label.whole.probabilities[k]; });
    for (const size_t k : order) {
      text +=
          fmt::format("  {:>7}  {}\n", percent(label.whole.probabilities[k]), bundle.classes[k]);
    }
    for (const ChosenThreshold& one : bundle.fitted.thresholds) {
      if (!one.chosen) continue;
      text +=
          fmt::format("  {} at {} {}: {} (threshold {:.3g})\n",
                      bundle.classes[static_cast<size_t>(one.positive_class)], name_of(one.wish),
                      one.wished, is_reached(one, label) ? "yes" : "no", one.chosen->threshold);
    }
    if (label.image_alone) {
      text += fmt::format("  image alone: {}; text alone: {}\n", named(*label.image_alone),
                          named(*label.text_alone));
    }
  }
  if (prediction.text) text += fmt::format("text: {}\n", *prediction.text);
  if (prediction.neighbours) {
    text += "nearest training cases:\n";
    for (const Neighbour& near : *prediction.neighbours) {
      text += fmt::format("  {:.3f}  {}  {}\n", near.similarity, near.name, near.label);
    }
  }
  for (const std::string& caution : prediction.cautions) text += caution + "\n";
  return text;
}

Json labels_json(const std::vector<Bundle>& labels) {
  Json json = Json::array();
  for (const Bundle& bundle : labels) {
    Json one = {{"label", bundle.label}, {"classes", bundle.classes}};
    one["order"] = bundle.order ? Json(in_order(bundle.classes, *bundle.order)) : Json(nullptr);
    one["calibrated"] = bundle.fitted.temperature.has_value();
    one["thresholds"] = Json::array();
    for (const ChosenThreshold& threshold : bundle.fitted.thresholds) {
      Json point = point_json(bundle, threshold);
      point["validation"] = nullptr;
      if (threshold.chosen) {
        const ThresholdOutcome& outcome = threshold.chosen->validation;
        const auto share = [](double value) {
          return std::isfinite(value) ? Json(value) : Json(nullptr);
        };
        point["validation"] = {{"sensitivity", share(outcome.sensitivity)},
                               {"specificity", share(outcome.specificity)},
                               {"true_positives", outcome.true_positives},
                               {"false_positives", outcome.false_positives},
                               {"true_negatives", outcome.true_negatives},
                               {"false_negatives", outcome.false_negatives}};
      }
      one["thresholds"].push_back(point);
    }
    json.push_back(one);
  }
  return json;
}

}  // namespace puente
