// The figures that people ask for first, with their intervals; and one line for each results folder.
import { h, type Child } from "../../common/dom";
import { at, number_at, text_at, type Part, type Result } from "../document";
import {
  classifier_text,
  interval_of,
  is_optimistic,
  main_part,
  parts_of,
  rows_text,
  score_of,
  SCORES,
} from "../parts";
import { rows_of, table } from "../table";

const KINDS: Record<string, string> = {
  train: "training",
  finetune: "fine-tuning",
  evaluate: "other data",
  cross_validation: "cross-validation",
};

function kind_text(part: Part): string {
  if (is_optimistic(part)) return ", the paper’s way: optimistic";
  return part.kind === "train" ? "" : `, ${KINDS[part.kind] ?? part.kind}`;
}

function key_figures(part: Part): HTMLElement {
  const test = at(part.metrics, "test");
  const level = number_at(test, "intervals", "level");
  return h(
    "dl",
    { class: "figures" },
    SCORES.map(([key, name]) => {
      const around = interval_of(test, key);
      return h(
        "div",
        {},
        h("dt", {}, name),
        h(
          "dd",
          {},
          h("span", { class: "value" }, score_of(test, key)),
          around === "–"
            ? null
            : h("span", { class: "interval" }, `${Math.round(100 * (level ?? 0.95))} % interval ${around}`),
        ),
      );
    }),
  );
}

function what_it_is(part: Part): string {
  const rule = text_at(part.metrics, "chosen", "rule");
  const epoch = text_at(part.metrics, "chosen", "epoch");
  const protocol = text_at(part.metrics, "protocol");
  return [
    `${part.name}: ${classifier_text(part) || "classifier"}`,
    rows_text(part),
    protocol && `protocol ${protocol}`,
    epoch && `epoch ${epoch} by ${rule}`,
  ]
    .filter(Boolean)
    .join("; ");
}

export function summary(result: Result): Child {
  const main = main_part(result);
  const scored = result.parts.filter((part) => part.kind in KINDS && at(part.metrics, "test") !== undefined);
  if (!main) return h("p", { class: "faint" }, "No classifier was trained or scored among these results.");
  const several = parts_of(result, "train", "finetune").filter((part) => !is_optimistic(part)).length > 1;
  const why = text_at(main.metrics, "test", "intervals", "why_none");
  return [
    h("p", { class: "question" }, question(main)),
    key_figures(main),
    h(
      "p",
      { class: "faint" },
      what_it_is(main),
      several ? "; of these classifiers the best by validation rows." : ".",
    ),
    why ? h("p", { class: "faint" }, `No intervals: ${why}`) : null,
    scored.length > 1
      ? table(
          rows_of(
            "Every classifier, on its test rows",
            [
              "results",
              "classifier",
              ...SCORES.flatMap(([, name]) => [
                { name, number: true },
                { name: "95 % interval", number: true },
              ]),
            ],
            scored.map((part) => [
              [part.name, kind_text(part)],
              classifier_text(part) || "–",
              ...SCORES.flatMap(([key]) => [
                score_of(at(part.metrics, "test"), key),
                interval_of(at(part.metrics, "test"), key),
              ]),
            ]),
          ),
        )
      : null,
  ];
}

function question(part: Part): string {
  const type = text_at(part.metrics, "task", "type");
  const label = at(part.metrics, "task", "label");
  const classes = at(part.metrics, "task", "classes");
  const names = Array.isArray(label) ? label.map(String).join(", ") : String(label ?? "");
  if (type === "multi-label") return `Asked, yes or no each: ${names}`;
  const all = Array.isArray(classes) ? classes.map(String) : [];
  const few =
    all.length > 12 ? `${all.slice(0, 12).join(", ")} and ${all.length - 12} others` : all.join(", ");
  return `Asked: ${names}${few ? ` (${few})` : ""}`;
}
