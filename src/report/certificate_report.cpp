#include "report/certificate_report.h"

#include <fmt/ranges.h>
#include <optional>
#include <string_view>

#include "encoders/row_forms.h"
#include "report/text_table.h"
#include "tensor/kernel_target.h"

namespace puente {
namespace {

Json pool_json(const std::optional<Pool>& pool) {
  return pool ? Json(std::string(name_of(*pool))) : Json("model");
}

Json speed_json(const Speed& speed, const char* unit) {
  return {{"weight_bytes", speed.weight_bytes}, {unit, speed.per_second}};
}

Json half_json(const HalfCertificate& half, const char* unit) {
  const Parity& parity = half.parity;
  return {{"dim", half.dimension},
          {"fp32", speed_json(half.fp32, unit)},
          {"int8", speed_json(half.int8, unit)},
          {"parity",
           {{"inputs", parity.inputs},
            {"mean_centred_cosine", parity.mean_cosine},
            {"lowest_centred_cosine", parity.lowest_cosine},
            {"same_nearest_neighbour", parity.same_neighbour},
            {"mean_shift", parity.shift},
            {"mean_pairwise_cosine_fp32", parity.cone}}}};
}

Json scores_json(const LabelScores& scores) {
  return {{"accuracy", scores.accuracy}, {"macro_f1", scores.macro_f1}};
}

Json label_json(const LabelCheck& label) {
  Json json = {{"column", label.question.label}};
  json["group"] = label.question.group ? Json(*label.question.group) : Json(nullptr);
  json["classes"] = label.classes;
  json["left_out"] = label.left_out;
  json["rows"] = {{"train", label.train_rows},
                  {"validation", label.validation_rows},
                  {"test", label.test_rows}};
  json["seeds"] = label.seeds;
  json["fp32"] = scores_json(label.fp32);
  json["int8"] = scores_json(label.int8);
  json["difference"] = {{"accuracy", label.int8.accuracy - label.fp32.accuracy},
                        {"macro_f1", label.int8.macro_f1 - label.fp32.macro_f1}};
  return json;
}

Json verdict_json(const Verdict& verdict) {
  return {{"precision", std::string(name_of(verdict.precision))}, {"why", verdict.why}};
}

std::string megabytes(int64_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

std::string rate(double per_second) {
  return per_second >= 100 ? fmt::format("{:.0f}", per_second) : fmt::format("{:.1f}", per_second);
}

std::string speed_text(const Certificate& c) {
  TextTable table({"", "fp32", "int8", "int8 / fp32"});
  const auto add_ratio = [&](const char* name, double fp32, double int8, std::string a,
                             std::string b) {
    table.add({name, std::move(a), std::move(b), fmt::format("{:.2f}", int8 / fp32)});
  };
  add_ratio("seconds to load", c.fp32_load_seconds, c.int8_load_seconds,
            fmt::format("{:.2f}", c.fp32_load_seconds), fmt::format("{:.2f}", c.int8_load_seconds));
  const auto add_half = [&](const HalfCertificate& half, const char* weights, const char* speed) {
    add_ratio(weights, static_cast<double>(half.fp32.weight_bytes),
              static_cast<double>(half.int8.weight_bytes), megabytes(half.fp32.weight_bytes),
              megabytes(half.int8.weight_bytes));
    add_ratio(speed, half.fp32.per_second, half.int8.per_second, rate(half.fp32.per_second),
              rate(half.int8.per_second));
  };
  if (c.image) add_half(*c.image, "image weights", "images per second");
  if (c.text) add_half(*c.text, "text weights", "texts per second");
  return table.text();
}

std::string parity_text(const Certificate& c) {
  TextTable table({"int8 against fp32", "inputs", "centred cosine", "lowest", "same neighbour",
                   "shift", "cone"});
  const auto add_half = [&](const HalfCertificate& half, const char* name) {
    table.add(
        {name, std::to_string(half.parity.inputs), fmt::format("{:.6f}", half.parity.mean_cosine),
         fmt::format("{:.6f}", half.parity.lowest_cosine), score_text(half.parity.same_neighbour),
         score_text(half.parity.shift), score_text(half.parity.cone)});
  };
  if (c.image) add_half(*c.image, "images");
  if (c.text) add_half(*c.text, "texts");
  return table.text();
}

std::string label_text(const LabelCheck& label) {
  std::string text = fmt::format(
      "{}: {} classes, {} training, {} validation, {} test rows, {}, means of {} seeds\n",
      label.question.label, label.classes, label.train_rows, label.validation_rows, label.test_rows,
      label.question.group ? "grouped by " + *label.question.group
                           : std::string("without groups: every row taken as its own"),
      label.seeds);
  if (!label.left_out.empty()) {
    text += fmt::format("Left out, too few for a split: {}\n", fmt::join(label.left_out, ", "));
  }
  TextTable table({"", "fp32", "int8", "int8 - fp32"});
  const auto add = [&](const char* name, double fp32, double int8) {
    table.add({name, score_text(fp32), score_text(int8), fmt::format("{:+.4f}", int8 - fp32)});
  };
  add("accuracy", label.fp32.accuracy, label.int8.accuracy);
  add("macro F1", label.fp32.macro_f1, label.int8.macro_f1);
  return text + table.text();
}

std::string verdict_text(const char* name, const Verdict& verdict) {
  return fmt::format("{}: {} ({})\n", name, name_of(verdict.precision), verdict.why);
}

}  // namespace

Json certificate_json(const CertificateContext& context, const Certificate& c) {
  Json json = {{"puente", PUENTE_VERSION}, {"kind", "parity certificate"}};
  json["model"] = {{"folder", context.folder},
                   {"architecture", c.architecture},
                   {"untrained", c.untrained},
                   {"image_pool", pool_json(context.settings.image_pool)},
                   {"text_pool", pool_json(context.settings.text_pool)},
                   {"normalise", context.settings.normalise}};
  json["machine"] = {{"cpu", c.machine.cpu},
                     {"kernels", c.machine.kernels},
                     {"int8", std::string(name_of(c.machine.int8))},
                     {"int8_in_words", in_words(usual_forms(c.machine.int8))},
                     {"threads", c.threads}};
  json["sample"] = {{"made_up", context.manifest.empty()}, {"rows", c.rows}};
  if (!context.manifest.empty()) {
    json["sample"]["manifest"] = context.manifest;
    json["sample"]["manifest_rows"] = c.rows_there;
    if (!context.images.empty()) json["sample"]["images"] = context.images;
    if (!context.prompt.empty()) json["sample"]["prompt"] = context.prompt;
  }
  json["load_seconds"] = {{"fp32", c.fp32_load_seconds}, {"int8", c.int8_load_seconds}};
  if (c.image) json["images"] = half_json(*c.image, "images_per_second");
  if (c.text) json["texts"] = half_json(*c.text, "texts_per_second");
  if (c.label) json["label"] = label_json(*c.label);
  Json& recommended = json["recommended"];
  if (c.image) recommended["images"] = verdict_json(c.image->verdict);
  if (c.text) recommended["texts"] = verdict_json(c.text->verdict);
  recommended["together"] = verdict_json(c.together);
  return json;
}

std::string certificate_text(const CertificateContext& context, const Certificate& c) {
  std::string text = fmt::format("{}: {}{}\n", context.folder, c.architecture,
                                 c.untrained ? ", untrained: its weights are random numbers" : "");
  text += fmt::format("{}, {} thread{}, {} kernels, int8 with {}\n", c.machine.cpu, c.threads,
                      c.threads == 1 ? "" : "s", c.machine.kernels,
                      in_words(usual_forms(c.machine.int8)));
  text += context.manifest.empty()
              ? fmt::format("{} rows of made-up {}\n\n", c.rows,
                            c.image && c.text ? "pictures and texts"
                            : c.image         ? "pictures"
                                              : "texts")
              : fmt::format("{} of {} rows of {}\n\n", c.rows, c.rows_there, context.manifest);
  text += speed_text(c) + "\n" + parity_text(c);
  text +=
      "Cosines after subtracting each one's mean; shift: how far the means lie apart; cone: the "
      "mean cosine of two inputs in fp32, as "
      "they are.\n\n";
  if (c.label) text += label_text(*c.label) + "\n";
  if (c.image) text += verdict_text("images", c.image->verdict);
  if (c.text) text += verdict_text("texts", c.text->verdict);
  if (c.image && c.text) text += verdict_text("together", c.together);
  return text;
}

}  // namespace puente
