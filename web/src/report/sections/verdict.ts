// Does alignment help? The sweep's own answer, in its own words.
import { h, type Child } from "../../common/dom";
import { DASH, interval, score, signed } from "../../common/format";
import { at, list_at, names_at, number_at, text_at, type Part } from "../document";
import { rows_of, table } from "../table";

export function verdict(part: Part): Child {
  const found = at(part.metrics, "verdict");
  if (found === undefined || found === null) return null;
  const baselines = list_at(found, "baselines").map((one) => [
    "baseline",
    text_at(one, "fusion"),
    names_at(one, "align").join(", "),
    score(number_at(one, "macro_f1")),
    DASH,
    DASH,
    DASH,
    DASH,
    DASH,
  ]);
  const methods = list_at(found, "methods").map((one) => [
    text_at(one, "method"),
    text_at(one, "fusion"),
    names_at(one, "align").join(", "),
    score(at(one, "macro_f1", "value")),
    signed(at(one, "macro_f1", "difference")),
    interval(at(one, "macro_f1", "interval")),
    score(at(one, "macro_f1", "p_holm")),
    score(at(one, "macro_f1", "smallest_that_could_show")),
    text_at(one, "verdict"),
  ]);
  const published = list_at(found, "published_protocol").map((one) => [
    text_at(one, "fusion"),
    score(at(one, "macro_f1_without")),
    score(at(one, "macro_f1_best")),
    score(at(one, "lambda"), 2),
  ]);
  return [
    h("p", { class: "verdict" }, text_at(found, "sentence")),
    table(
      rows_of(
        `Macro F1 of test rows against the best baseline (${text_at(found, "rows")} rows, ${text_at(found, "groups") || "no"} groups, ${text_at(found, "seeds")} seeds)`,
        [
          "method",
          "fusion",
          "chosen",
          { name: "macro F1", number: true },
          { name: "less baseline", number: true },
          { name: "95 % interval", number: true },
          { name: "p (Holm)", number: true },
          { name: "could show", number: true },
          "verdict",
        ],
        [...baselines, ...methods],
      ),
    ),
    published.length
      ? table(
          rows_of(
            "What the published protocol would claim: test rows choose epoch and lambda (optimistic)",
            [
              "fusion",
              { name: "macro F1 without", number: true },
              { name: "best", number: true },
              { name: "λ", number: true },
            ],
            published,
          ),
        )
      : null,
  ];
}
