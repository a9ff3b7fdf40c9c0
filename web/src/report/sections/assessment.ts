// One classifier on its test rows: errors, curves, calibration, thresholds, subgroups, and how it was trained.
import { append, h, replace, type Child } from "../../common/dom";
import { count, DASH, interval, percent, score } from "../../common/format";
import { at, list_at, number_at, text_at, type Curves, type Json, type Part, type Result } from "../document";
import { confusion_height, confusion_option, confusion_table, type Confusion } from "../figures/confusion";
import { figure } from "../figures/frame";
import { MOST_CURVES, rate_height, rate_option, rate_table, type RateKind } from "../figures/rates";
import {
  reliability_axes,
  reliability_height,
  reliability_option,
  reliability_table,
  type Bin,
  type Reliability,
} from "../figures/reliability";
import { assessed, classifier_text, interval_of, main_part, tasks_of, type Assessed } from "../parts";
import { rows_of, table } from "../table";
import { training_curve } from "./training";

const LEVEL = 4;

function confusion_figure(task: Assessed): Child {
  const counts = list_at(task.test, "confusion").map((row) => (Array.isArray(row) ? row.map(Number) : []));
  if (counts.length === 0 || task.classes.length !== counts.length) return null;
  const confusion: Confusion = { classes: task.classes, counts };
  return figure({
    title: "Confusion matrix",
    level: LEVEL,
    file: "confusion",
    canvas: counts.length > 20,
    summary: `Counts of true against predicted classes for ${counts.length} classes. The table below it has the numbers.`,
    caption: "Colour: share of the true class.",
    height: (width) => confusion_height(confusion, width),
    option: (theme, width) => confusion_option(confusion, theme, width),
    table: () => confusion_table(confusion),
  }).element;
}

function rate_figure(curves: Curves, kind: RateKind): Child {
  const hidden = curves.classes.length - MOST_CURVES;
  return figure({
    title: kind === "roc" ? "ROC" : "Precision and recall",
    level: LEVEL,
    file: kind === "roc" ? "roc" : "precision-recall",
    summary: `${kind === "roc" ? "ROC" : "Precision-recall"} curves of ${curves.classes.length} classes, each against the rest.`,
    caption: [
      curves.classes.length > 1 ? "Each class against the rest. " : "",
      hidden > 0
        ? `The first ${MOST_CURVES} of ${curves.classes.length} are drawn; all are in the table. `
        : "",
      curves.classes.some((one) => one.thinned) ? "Curves have at most 500 points." : "",
    ],
    height: (width) => rate_height(curves, width),
    option: (theme, width) => rate_option(curves, kind, theme, width),
    table: () => rate_table(curves, kind),
  }).element;
}

function bins(calibration: Json | undefined): Bin[] {
  return list_at(calibration, "bins") as unknown as Bin[];
}

function reliability_figure(task: Assessed): Child {
  const plain = at(task.assessment, "calibration");
  const tempered = at(task.assessment, "calibration_with_temperature");
  if (bins(plain).length === 0) return null;
  const axes = reliability_axes(task.classes);
  const all: Reliability[] = [{ name: "as trained", bins: bins(plain) }];
  if (bins(tempered).length)
    all.push({
      name: `temperature ${score(number_at(task.assessment, "temperature"), 2)}`,
      bins: bins(tempered),
    });
  const facts = [plain, tempered]
    .filter((one) => one !== undefined)
    .map(
      (one, index) =>
        `${all[index]!.name}: expected error ${score(at(one, "expected_error"))}, Brier ${score(at(one, "brier"))}`,
    )
    .join("; ");
  return figure({
    title: "Calibration",
    level: LEVEL,
    file: "reliability",
    summary: `Share of right predictions against their probability. ${facts}.`,
    caption: `${facts}. Larger marks: more rows.`,
    height: (width) => reliability_height(all, width),
    option: (theme, width) => reliability_option(all, axes, theme, width),
    table: () => reliability_table(all, axes),
  }).element;
}

function per_class(task: Assessed): Child {
  const all = at(task.test, "per_class");
  if (all === undefined) return null;
  const of = (name: string, key: string) => score(at(all, name, key));
  const around = (name: string, key: string) => interval(at(task.test, "intervals", "per_class", name, key));
  return table(
    rows_of(
      "Class by class (AP: average precision)",
      [
        "class",
        { name: "rows", number: true },
        ...["precision", "recall", "F1", "AUC"].flatMap((name) => [
          { name, number: true },
          { name: "95 % interval", number: true },
        ]),
        { name: "AP", number: true },
      ],
      task.classes.map((name) => [
        name,
        count(at(all, name, "support")),
        ...["precision", "recall", "f1", "auc"].flatMap((key) => [of(name, key), around(name, key)]),
      ]),
    ),
  );
}

function operating_points(task: Assessed): Child {
  const all = list_at(task.assessment, "operating_points");
  if (all.length === 0) return null;
  const shares = (outcome: Json | undefined) =>
    ["sensitivity", "specificity", "positive_predictive_value", "negative_predictive_value"].map((key) =>
      percent(number_at(outcome, key)),
    );
  return table(
    rows_of(
      "Operating points: thresholds chosen without the test rows, figures of the test rows",
      [
        "class",
        "wish",
        { name: "threshold", number: true },
        ...["sensitivity", "specificity", "PPV", "NPV"].map((name) => ({ name, number: true })),
      ],
      all.map((one) => {
        const [wish, wished] = Object.entries((at(one, "wished") ?? {}) as object)[0] ?? ["", null];
        const threshold = number_at(one, "threshold");
        return [
          text_at(one, "class"),
          `${wish} ${percent(wished, 0)}`,
          threshold === undefined ? "none reaches it" : score(threshold),
          ...shares(at(one, "test")),
        ];
      }),
    ),
  );
}

function recalibration(task: Assessed): Child {
  const all = at(task.assessment, "calibration", "per_class");
  if (all === undefined || all === null) return null;
  return table(
    rows_of(
      "Calibration of each class against the rest: slope 1 and intercept 0 are perfect, a slope below 1 is too sure",
      ["class", ...["slope", "intercept", "in the large"].map((name) => ({ name, number: true }))],
      Object.keys(all as object).map((name) => [
        name,
        ...["slope", "intercept", "in_the_large"].map((key) => score(at(all, name, key), 2)),
      ]),
    ),
  );
}

function subgroups(task: Assessed): Child {
  return list_at(task.assessment, "subgroups").map((column) =>
    table(
      rows_of(
        `Subgroups by ${text_at(column, "column")}${text_at(column, "cut_on") ? ` (bands cut on ${text_at(column, "cut_on")})` : ""}`,
        [
          text_at(column, "column"),
          { name: "rows", number: true },
          ...["accuracy", "macro F1", "AUC"].flatMap((name) => [
            { name, number: true },
            { name: "95 % interval", number: true },
          ]),
        ],
        list_at(column, "subgroups").map((one) => {
          const scores = at(one, "scores");
          if (scores === undefined)
            return [text_at(one, "name"), text_at(one, "suppressed"), ...new Array<string>(6).fill(DASH)];
          return [
            text_at(one, "name"),
            count(at(one, "rows")),
            ...["accuracy", "macro_f1", "auc"].flatMap((key) => [
              score(at(scores, key)),
              interval_of(scores, key),
            ]),
          ];
        }),
      ),
    ),
  );
}

/// The curves of one label of several, or all of them.
function curves_of(part: Part, task: Assessed): Curves | null {
  if (!part.curves) return null;
  if (!task.label) return part.curves;
  const classes = part.curves.classes.filter((one) => one.name === task.label);
  return classes.length ? { ...part.curves, classes } : null;
}

function details(part: Part): HTMLElement {
  const tasks = tasks_of(part);
  const element = h("div", { class: "assessment" });
  for (const task of tasks) {
    const curves = curves_of(part, task);
    append(
      element,
      task.label && h("h3", {}, task.label),
      h(
        "div",
        { class: "pairs" },
        confusion_figure(task),
        reliability_figure(task),
        curves && [rate_figure(curves, "roc"), rate_figure(curves, "precision_recall")],
      ),
      per_class(task),
      operating_points(task),
      recalibration(task),
      subgroups(task),
    );
  }
  append(element, training_curve(part));
  return element;
}

export function assessment(result: Result): Child {
  const parts = assessed(result);
  if (parts.length === 0) return null;
  const main = Math.max(0, parts.indexOf(main_part(result)!));
  const place = h("div", {}, details(parts[main]!));
  if (parts.length === 1) return place;
  const select = h(
    "select",
    { onchange: () => replace(place, details(parts[Number(select.value)]!)) },
    parts.map((part, index) =>
      h(
        "option",
        { value: index, selected: index === main },
        [part.name, classifier_text(part)].filter(Boolean).join(": "),
      ),
    ),
  );
  return [h("div", { class: "controls" }, h("label", {}, "Classifier ", select)), place];
}
