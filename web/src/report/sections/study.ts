// What a study compared: its results.csv as it stands.
import type { Child } from "../../common/dom";
import { score } from "../../common/format";
import type { Json, Part } from "../document";
import { rows_of, table } from "../table";

const NUMBER = /^-?\d+(\.\d+)?(e[-+]?\d+)?$/i;

function cell(value: Json | undefined): string {
  const text = String(value ?? "");
  // Whole numbers are counts, others are scores.
  return NUMBER.test(text) && text.includes(".") ? score(Number(text)) : text || "–";
}

export function study(part: Part): Child {
  const all = part.tables?.["results"];
  const header = all?.[0];
  if (!all || !header || all.length < 2) return null;
  const rows = all.slice(1);
  const is_number = header.map((_, column) => rows.some((row) => NUMBER.test(String(row[column] ?? ""))));
  return table(
    rows_of(
      "Encoders, prompts and classifiers beside each other; validation rows alone mark the best",
      header.map((name, column) => ({ name: String(name).replace(/_/g, " "), number: is_number[column] })),
      rows.map((row) => header.map((_, column) => cell(row[column]))),
    ),
  );
}
