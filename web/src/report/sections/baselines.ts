// Simpler classifiers beside fusion, and what fewer training groups would give.
import { h, type Child } from "../../common/dom";
import { count, DASH, interval, is_interval, percent, score, signed } from "../../common/format";
import { at, list_at, number_at, text_at, type Part } from "../document";
import { figure } from "../figures/frame";
import { lines_height, lines_option, type Line, type LinesSpec } from "../figures/lines";
import { rows_of, table } from "../table";
import { interval_of } from "../parts";

function learning_curve(part: Part): Child {
  const steps = list_at(part.metrics, "learning_curve");
  if (steps.length === 0) return null;
  const line = (name: string, key: string): Line => ({
    name,
    points: steps.flatMap((step) => {
      const y = number_at(step, "test", key);
      const x = number_at(step, "rows");
      const band = at(step, "test", "intervals", key);
      return x === undefined || y === undefined ? [] : [{ x, y, band: is_interval(band) ? band : null }];
    }),
  });
  const spec: LinesSpec = {
    lines: [line("macro F1", "macro_f1"), line("AUC", "auc")],
    x: { name: "training rows", log: true, text: count },
    y: { name: "score", text: (value) => score(value) },
  };
  return figure({
    title: "Learning curve",
    file: "learning-curve",
    summary: "Macro F1 and AUC of the test rows against the number of training rows.",
    caption:
      "Whole groups are left out of the training rows; the test rows stay the same. Bands: 95 % intervals.",
    height: (width) => lines_height(spec, width),
    option: (theme, width) => lines_option(spec, theme, width),
    table: () =>
      rows_of(
        "Learning curve",
        [
          "share of groups",
          { name: "groups", number: true },
          { name: "rows", number: true },
          { name: "macro F1", number: true },
          { name: "95 % interval", number: true },
          { name: "AUC", number: true },
          { name: "95 % interval", number: true },
        ],
        steps.map((step) => [
          percent(number_at(step, "share_of_groups"), 0),
          count(at(step, "groups")),
          count(at(step, "rows")),
          score(at(step, "test", "macro_f1")),
          interval_of(at(step, "test"), "macro_f1"),
          score(at(step, "test", "auc")),
          interval_of(at(step, "test"), "auc"),
        ]),
      ),
  }).element;
}

export function baselines(part: Part): Child {
  const all = list_at(part.metrics, "classifiers");
  const less = (one: unknown) =>
    at(one, "less_the_first", "macro_f1", "difference") ??
    at(one, "less_the_first", "macro_f1") ??
    at(one, "less_the_first", "difference");
  return [
    all.length
      ? table(
          rows_of(
            `Classifiers on the same test rows, protocol ${text_at(part.metrics, "protocol")}`,
            [
              "sees",
              "classifier",
              { name: "accuracy", number: true },
              { name: "95 % interval", number: true },
              { name: "macro F1", number: true },
              { name: "95 % interval", number: true },
              { name: "less the first", number: true },
              { name: "95 % interval", number: true },
              "chosen",
            ],
            all.map((one) => [
              text_at(one, "inputs"),
              text_at(one, "classifier"),
              score(at(one, "test", "accuracy")),
              interval_of(at(one, "test"), "accuracy"),
              score(at(one, "test", "macro_f1")),
              interval_of(at(one, "test"), "macro_f1"),
              typeof less(one) === "number" ? signed(less(one)) : DASH,
              interval(
                at(one, "less_the_first", "macro_f1", "interval") ?? at(one, "less_the_first", "interval"),
              ),
              text_at(one, "chosen") || DASH,
            ]),
          ),
        )
      : h("p", { class: "faint" }, "No classifier is in these results."),
    learning_curve(part),
  ];
}
