#include "report/alignment_verdict_report.h"

#include <algorithm>
#include <cmath>
#include <fmt/ranges.h>
#include <vector>

#include "align/align_spec.h"
#include "base/error.h"
#include "report/evaluation_report.h"
#include "report/text_table.h"

namespace puente {
namespace {

/// "shift:0.4"; of several splits "shift:0.4 (3), shift:0.3 (2)", the commonest first.
std::string chosen_text(const std::vector<std::string>& chosen) {
  std::vector<std::pair<std::string, int>> counted;
  for (const std::string& one : chosen) {
    const auto known = std::ranges::find(counted, one, &std::pair<std::string, int>::first);
    if (known == counted.end()) {
      counted.emplace_back(one, 1);
    } else {
      ++known->second;
    }
  }
  std::ranges::stable_sort(counted, std::greater(), &std::pair<std::string, int>::second);
  if (counted.size() == 1) return counted[0].first;
  std::vector<std::string> texts;
  for (const auto& [name, times] : counted) texts.push_back(fmt::format("{} ({})", name, times));
  return fmt::format("{}", fmt::join(texts, ", "));
}

/// Lambda alone where several splits have chosen several: "lambda 0.4 (3), 0.3 (2)". A method that
/// leaves none open has nothing to choose.
std::string chosen_lambdas(const MethodVerdict& one) {
  const AlignFamily family(one.method);
  if (!family.is_open() || one.chosen.size() == 1) return chosen_text(one.chosen);
  std::vector<std::string> lambdas;
  for (const std::string& spec : one.chosen) {
    for (const AlignStep& step : AlignSpec::parse(spec).steps) {
      if (is_shift(step.kind)) lambdas.push_back(fmt::format("{:g}", step.strength));
    }
  }
  return "lambda " + chosen_text(lambdas);
}

std::string with_fusion(const MethodVerdict& one) {
  const std::string chosen = chosen_text(one.chosen);
  return fmt::format("{} with {} fusion", one.chosen.size() > 1 ? one.method : chosen,
                     name_of(one.fusion));
}

/// "+0.0210 macro F1 (0.0081 to 0.0339)"
std::string gain_text(const Gain& gain) {
  const std::string value = fmt::format("{} macro F1", signed_text(gain.difference.value));
  if (!gain.difference.interval) return value;
  return fmt::format("{} ({:+.4f} to {:+.4f})", value, gain.difference.interval->low,
                     gain.difference.interval->high);
}

std::vector<const MethodVerdict*> those_that(const AlignmentVerdict& verdict, Effect effect) {
  std::vector<const MethodVerdict*> some;
  for (const MethodVerdict& one : verdict.methods) {
    if (one.effect == effect) some.push_back(&one);
  }
  std::ranges::stable_sort(some, std::greater(), [](const MethodVerdict* one) {
    return std::abs(one->macro_f1.difference.value);
  });
  return some;
}

std::string listed(const std::vector<const MethodVerdict*>& methods) {
  std::vector<std::string> texts;
  for (const MethodVerdict* one : methods) {
    texts.push_back(fmt::format("{}, {}", with_fusion(*one), gain_text(one->macro_f1)));
  }
  return fmt::format("{}", fmt::join(texts, "; "));
}

/// What could have gone unseen: of the method whose difference is known best, and worst.
std::string unseen_text(const AlignmentVerdict& verdict) {
  double least = INFINITY, most = 0;
  for (const MethodVerdict& one : verdict.methods) {
    if (std::isnan(one.macro_f1.smallest)) continue;
    least = std::min(least, one.macro_f1.smallest);
    most = std::max(most, one.macro_f1.smallest);
  }
  if (most == 0) return "";
  const std::string range =
      least == most ? fmt::format("{:.3f}", most) : fmt::format("{:.3f} to {:.3f}", least, most);
  return fmt::format(
      " The smallest difference that these test rows and seeds could show (80 % power, before "
      "Holm's correction) is {}.",
      range);
}

/// The step that brought most, of methods that help.
std::string steps_sentence(const AlignmentVerdict& verdict) {
  std::string text;
  for (const MethodVerdict* one : those_that(verdict, Effect::helps)) {
    if (one->steps.empty()) continue;
    const auto best =
        std::ranges::max_element(one->steps.begin() + 1, one->steps.end(), {},
                                 [](const StepGain& step) { return step.gain.difference.value; });
    text += fmt::format(" Of {}, the step '{}' brought most: {}.", with_fusion(*one), best->name,
                        gain_text(best->gain));
  }
  return text;
}

std::string paper_sentence(const AlignmentVerdict& verdict) {
  std::string text;
  for (const PaperClaim& claim : verdict.paper) {
    text += fmt::format(
        "{} {} fusion: macro F1 from {:.4f} without alignment to {:.4f} at lambda {:g}",
        text.empty() ? "" : ";", name_of(claim.fusion), claim.without, claim.with, claim.lambda);
  }
  if (text.empty()) return "";
  return " The published protocol, whose test rows choose epoch and lambda (optimistic), would "
         "have "
         "claimed for shift," +
         text + ".";
}

TextTable methods_table(const AlignmentVerdict& verdict) {
  TextTable table({"method", "fusion", "chosen", "macro F1", "less baseline", "95 % interval",
                   "p (Holm)", "could show", "AUC less", "p (Holm)", "verdict"});
  for (const BaselineVerdict& one : verdict.baselines) {
    table.add({"baseline", std::string(name_of(one.fusion)), chosen_text(one.chosen),
               score_text(one.macro_f1.value), "", "", "", "", "", "", ""});
  }
  for (const MethodVerdict& one : verdict.methods) {
    table.add({one.method, std::string(name_of(one.fusion)), chosen_lambdas(one),
               score_text(one.macro_f1.b.value), signed_text(one.macro_f1.difference.value),
               interval_text(one.macro_f1.difference), p_text(one.macro_f1.adjusted_p),
               score_text(one.macro_f1.smallest), signed_text(one.auc.difference.value),
               p_text(one.auc.adjusted_p), std::string(name_of(one.effect))});
  }
  return table;
}

bool has_steps(const AlignmentVerdict& verdict) {
  return std::ranges::any_of(verdict.methods,
                             [](const MethodVerdict& one) { return !one.steps.empty(); });
}

TextTable steps_table(const AlignmentVerdict& verdict) {
  TextTable table({"step by step", "fusion", "macro F1", "by this step", "95 % interval"});
  for (const MethodVerdict& one : verdict.methods) {
    for (size_t i = 0; i < one.steps.size(); ++i) {
      const StepGain& step = one.steps[i];
      const std::string name = i == 0 ? one.method + ": none" : "  + " + step.name;
      table.add({name, std::string(name_of(one.fusion)), score_text(step.macro_f1),
                 i == 0 ? "" : signed_text(step.gain.difference.value),
                 i == 0 ? "" : interval_text(step.gain.difference)});
    }
  }
  return table;
}

std::string paragraph(const AlignmentVerdict& verdict) {
  return fmt::format(
      "{} Against the best of none, normalise and centre by validation, on {} test "
      "rows in {} groups, {} seeds each; the intervals have the luck of rows and of "
      "training.{}{}{}",
      verdict_sentence(verdict), verdict.rows, verdict.groups, verdict.seeds, unseen_text(verdict),
      steps_sentence(verdict), paper_sentence(verdict));
}

Json gain_json(const Gain& gain) {
  Json json = {{"value", gain.b.value},
               {"baseline", gain.a.value},
               {"difference", gain.difference.value},
               {"interval", interval_json(gain.difference)},
               {"standard_error", gain.difference.standard_error},
               {"standard_error_of_groups", gain.groups_error},
               {"standard_error_of_seeds", gain.seeds_error},
               {"degrees_of_freedom", gain.freedom},
               {"p", gain.p},
               {"p_holm", gain.adjusted_p},
               {"smallest_that_could_show", gain.smallest},
               {"seed_sd", gain.b.seed_sd},
               {"baseline_seed_sd", gain.a.seed_sd}};
  if (!gain.difference.why_none.empty()) json["why_none"] = gain.difference.why_none;
  return json;
}

}  // namespace

std::string verdict_sentence(const AlignmentVerdict& verdict) {
  const auto helping = those_that(verdict, Effect::helps);
  const auto hurting = those_that(verdict, Effect::hurts);
  const auto unknown = those_that(verdict, Effect::cannot_tell);
  if (verdict.methods.empty()) return "No alignment was compared.";
  std::string text;
  if (!helping.empty()) text = fmt::format("Alignment helps: {}.", listed(helping));
  if (!hurting.empty()) {
    text += fmt::format(
        "{}{}: {}.", text.empty() ? "" : " ",
        helping.empty() ? "No alignment is seen to help, and some hurts" : "Other alignment hurts",
        listed(hurting));
  }
  if (!text.empty()) return text;
  const Estimate& largest = unknown.front()->macro_f1.difference;
  if (!largest.interval && !(unknown.front()->macro_f1.p == 1)) {
    return fmt::format("Cannot tell whether alignment helps: {}.", largest.why_none);
  }
  return fmt::format("Cannot tell whether alignment helps: the largest difference is that of {}.",
                     listed({unknown.front()}));
}

Json verdict_json(const AlignmentVerdict& verdict) {
  Json json = {{"sentence", verdict_sentence(verdict)},
               {"rows", verdict.rows},
               {"groups", verdict.groups},
               {"seeds", verdict.seeds}};
  json["baselines"] = Json::array();
  for (const BaselineVerdict& one : verdict.baselines) {
    json["baselines"].push_back({{"fusion", name_of(one.fusion)},
                                 {"align", one.chosen},
                                 {"macro_f1", one.macro_f1.value},
                                 {"macro_f1_seed_sd", one.macro_f1.seed_sd},
                                 {"auc", one.auc.value}});
  }
  json["methods"] = Json::array();
  for (const MethodVerdict& one : verdict.methods) {
    Json method = {{"method", one.method},
                   {"fusion", name_of(one.fusion)},
                   {"align", one.chosen},
                   {"verdict", name_of(one.effect)},
                   {"macro_f1", gain_json(one.macro_f1)},
                   {"auc", gain_json(one.auc)}};
    for (size_t i = 0; i < one.steps.size(); ++i) {
      Json step = {{"step", one.steps[i].name}, {"macro_f1", one.steps[i].macro_f1}};
      if (i > 0) {
        step["difference"] = one.steps[i].gain.difference.value;
        step["interval"] = interval_json(one.steps[i].gain.difference);
      }
      method["steps"].push_back(std::move(step));
    }
    json["methods"].push_back(std::move(method));
  }
  json["published_protocol"] = Json::array();
  for (const PaperClaim& claim : verdict.paper) {
    json["published_protocol"].push_back({{"fusion", name_of(claim.fusion)},
                                          {"macro_f1_without", claim.without},
                                          {"macro_f1_best", claim.with},
                                          {"lambda", claim.lambda},
                                          {"optimistic", true}});
  }
  return json;
}

std::string verdict_text(const AlignmentVerdict& verdict) {
  std::string text = paragraph(verdict) + "\n\n" + methods_table(verdict).text();
  if (has_steps(verdict)) text += "\n" + steps_table(verdict).text();
  return text;
}

std::string verdict_markdown(const AlignmentVerdict& verdict, const std::string& cautions) {
  std::string text = "# Does alignment help?\n\n";
  size_t begin = 0;
  for (size_t end; (end = cautions.find('\n', begin)) != std::string::npos; begin = end + 1) {
    text += "> " + cautions.substr(begin, end - begin) + "\n";
  }
  if (begin > 0) text += "\n";
  text += paragraph(verdict) + "\n\n" + methods_table(verdict).markdown();
  if (has_steps(verdict)) text += "\n" + steps_table(verdict).markdown();
  return text;
}

}  // namespace puente
