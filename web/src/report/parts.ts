// What the sections ask of a results folder.
import { interval, score } from "../common/format";
import {
  at,
  classes_of,
  list_at,
  number_at,
  text_at,
  type Fields,
  type Json,
  type Part,
  type Result,
} from "./document";

/// Parts that trained one classifier, or scored one, and tell of it row by row.
export function assessed(result: Result): Part[] {
  return result.parts.filter(
    (part) => ["train", "finetune", "evaluate"].includes(part.kind) && at(part.metrics, "test") !== undefined,
  );
}

export function parts_of(result: Result, ...kinds: Part["kind"][]): Part[] {
  return result.parts.filter((part) => kinds.includes(part.kind));
}

/// "early fusion, shift:0.5"
export function classifier_text(part: Part): string {
  const fusion =
    text_at(part.metrics, "fusion", "kind") ||
    text_at(part.metrics, "bundle", "fusion") ||
    text_at(part.metrics, "fusion");
  const align = text_at(part.metrics, "align") || text_at(part.metrics, "bundle", "align");
  return [fusion && `${fusion} fusion`, align && align !== "none" ? align : ""].filter(Boolean).join(", ");
}

/// A score of a cross-validation is a mean and a spread; of one split it is a number.
export function score_of(scores: unknown, key: string): string {
  const value = at(scores, key);
  if (value !== null && typeof value === "object" && !Array.isArray(value))
    return `${score(at(value, "mean"))} ± ${score(at(value, "sd"))}`;
  return score(value);
}

export function interval_of(scores: unknown, key: string): string {
  return interval(at(scores, "intervals", key));
}

/// Several yes/no labels are assessed one by one: each with the metrics of a task of its own.
export interface Assessed {
  /// Empty where there is one label.
  label: string;
  classes: string[];
  test: Json | undefined;
  assessment: Json | undefined;
}

export function tasks_of(part: Part): Assessed[] {
  const labels = at(part.metrics, "test", "labels");
  if (labels === undefined)
    return [
      {
        label: "",
        classes: classes_of(part),
        test: at(part.metrics, "test"),
        assessment: at(part.metrics, "assessment"),
      },
    ];
  return Object.keys(labels as object).map((label) => {
    const test = at(labels, label) as Fields;
    const intervals = at(part.metrics, "test", "intervals", "labels", label);
    const answers = list_at(part.metrics, "task", "labels").find((one) => text_at(one, "label") === label);
    return {
      label,
      classes: [text_at(answers, "no"), text_at(answers, "yes")],
      test: { ...test, ...(intervals === undefined ? {} : { intervals }) } as Json,
      assessment: at(part.metrics, "assessment", "labels", label),
    };
  });
}

export const SCORES: [key: string, name: string][] = [
  ["accuracy", "Accuracy"],
  ["macro_f1", "Macro F1"],
  ["auc", "AUC"],
];

/// Its figures are the best of all test epochs: never to be read as what a classifier is worth.
export function is_optimistic(part: Part): boolean {
  return text_at(part.metrics, "protocol") === "paper";
}

/// Macro F1 of the rows that chose the epoch.
function chosen_by(part: Part): number {
  const epoch = number_at(part.metrics, "chosen", "epoch") ?? 0;
  return number_at(part.metrics, "epochs", epoch - 1, "validation", "macro_f1") ?? -1;
}

/// The classifier to begin with: of several trainings the best by validation rows, never by test rows.
export function main_part(result: Result): Part | undefined {
  const trained = parts_of(result, "train", "finetune").filter(
    (part) => at(part.metrics, "test") !== undefined && !is_optimistic(part),
  );
  const best = trained.reduce<Part | undefined>(
    (most, part) => (most === undefined || chosen_by(part) > chosen_by(most) ? part : most),
    undefined,
  );
  return best ?? parts_of(result, "cross_validation", "evaluate", "train")[0];
}

export function rows_text(part: Part): string {
  const test = at(part.metrics, "split", "test");
  const rows = number_at(test, "rows") ?? number_at(part.metrics, "test", "rows");
  const groups = number_at(test, "groups") ?? number_at(part.metrics, "groups");
  if (rows === undefined) return "";
  const said = `${rows.toLocaleString("en-US")} test rows`;
  return groups === undefined ? said : `${said}, ${groups.toLocaleString("en-US")} groups`;
}
