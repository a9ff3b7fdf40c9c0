// How a classifier was trained: loss and macro F1, epoch by epoch.
import type { Child } from "../../common/dom";
import { count, score } from "../../common/format";
import { at, list_at, number_at, text_at, type Part } from "../document";
import { figure } from "../figures/frame";
import { lines_height, lines_option, type Line, type LinesSpec } from "../figures/lines";
import { rows_of } from "../table";

export function training_curve(part: Part): Child {
  const epochs = list_at(part.metrics, "epochs");
  if (epochs.length < 2) return null;
  const paper = at(epochs[0], "validation") === undefined;
  const rows = paper ? "test" : "validation";
  const line = (name: string, right: boolean, ...path: string[]): Line => ({
    name,
    right,
    symbols: false,
    points: epochs.flatMap((epoch) => {
      const y = number_at(epoch, ...path);
      const x = number_at(epoch, "epoch");
      return x === undefined || y === undefined ? [] : [{ x, y }];
    }),
  });
  const lines = [
    line("training loss", false, "train_loss"),
    line(`${rows} loss`, false, rows, "loss"),
    line(`${rows} macro F1`, true, rows, "macro_f1"),
  ].filter((one) => one.points.length);
  const chosen = number_at(part.metrics, "chosen", "epoch");
  const spec: LinesSpec = {
    lines,
    x: { name: "epoch", text: count },
    y: { name: "loss", text: (value) => score(value) },
    right: "macro F1",
    mark: chosen === undefined ? undefined : { x: chosen, name: "chosen" },
  };
  return figure({
    title: "Training",
    level: 4,
    file: "training",
    summary: `Loss and macro F1 in each of ${epochs.length} epochs.`,
    caption: text_at(part.metrics, "chosen", "rule")
      ? `Epoch ${chosen}: ${text_at(part.metrics, "chosen", "rule")}.`
      : null,
    height: (width) => lines_height(spec, width),
    option: (theme, width) => lines_option(spec, theme, width),
    table: () =>
      rows_of(
        "Epoch by epoch",
        [
          "epoch",
          ...[
            "training loss",
            `${rows} loss`,
            `${rows} accuracy`,
            `${rows} macro F1`,
            `${rows} AUC`,
            "training s",
          ].map((name) => ({
            name,
            number: true,
          })),
        ],
        epochs.map((epoch) => [
          text_at(epoch, "epoch"),
          score(at(epoch, "train_loss"), 4),
          ...["loss", "accuracy", "macro_f1", "auc"].map((key) => score(at(epoch, rows, key))),
          score(at(epoch, "train_seconds"), 4),
        ]),
      ),
  }).element;
}
