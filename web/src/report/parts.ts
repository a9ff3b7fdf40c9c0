// What the sections ask of a results folder.
import { interval, score } from "../common/format";
import { at, classes_of, names_at, number_at, text_at, type Json, type Part, type Result } from "./document";

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
    const test = at(labels, label);
    // The classes of a label are what its scores are given for.
    const named = names_at(part.metrics, "task", "labels", label);
    const per_class = at(test, "per_class");
    return {
      label,
      classes: named.length ? named : Object.keys((per_class ?? {}) as object),
      test,
      assessment: at(part.metrics, "assessment", "labels", label) ?? at(part.metrics, "assessment", label),
    };
  });
}

export const SCORES: [key: string, name: string][] = [
  ["accuracy", "Accuracy"],
  ["macro_f1", "Macro F1"],
  ["auc", "AUC"],
];

/// The classifier to begin with: one trained here, with an interval, best first by its place in the document.
export function main_part(result: Result): Part | undefined {
  return (
    parts_of(result, "train", "finetune").find((part) => at(part.metrics, "test") !== undefined) ??
    parts_of(result, "cross_validation", "evaluate")[0]
  );
}

export function rows_text(part: Part): string {
  const test = at(part.metrics, "split", "test");
  const rows = number_at(test, "rows") ?? number_at(part.metrics, "test", "rows");
  const groups = number_at(test, "groups") ?? number_at(part.metrics, "groups");
  if (rows === undefined) return "";
  const said = `${rows.toLocaleString("en-US")} test rows`;
  return groups === undefined ? said : `${said}, ${groups.toLocaleString("en-US")} groups`;
}
