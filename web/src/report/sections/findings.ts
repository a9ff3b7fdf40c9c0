// What may make the figures look better than they will be in use, before any figure.
import { h, type Child } from "../../common/dom";
import { count, plural } from "../../common/format";
import { names_at, type Finding, type Result } from "../document";

const WORDS: Record<string, [symbol: string, name: string]> = {
  error: ["■", "Leak"],
  warning: ["▲", "Warning"],
  note: ["●", "Note"],
};
const ORDER = ["error", "warning", "note"];

/// Of the cautions those that are not findings: these stand there again as text, "warning: ..." and indented advice.
export function cautions_of(result: Result): string[] {
  const all = new Set<string>();
  for (const part of result.parts)
    for (const line of names_at(part.metrics, "cautions"))
      if (!/^(error|warning|note): |^\s/.test(line)) all.add(line);
  return [...all];
}

function rows_text(finding: Finding): string {
  const rows = finding.rows ?? [];
  if (!finding.row_count || rows.length === 0) return "";
  const few = rows.slice(0, 5).map(count).join(", ");
  return `${plural(finding.row_count, "row")}: ${few}${finding.row_count > 5 ? ", …" : ""}`;
}

/// Which results it is about, where it is not about all.
function in_text(parts: string[]): string {
  const few = parts.slice(0, 3).join(", ");
  return `Only in ${few}${parts.length > 3 ? `, and ${parts.length - 3} more` : ""}`;
}

function one(finding: Finding): HTMLElement {
  const [symbol, name] = WORDS[finding.severity] ?? ["●", finding.severity];
  return h(
    "li",
    { class: `finding ${ORDER.includes(finding.severity) ? finding.severity : "note"}` },
    h("span", { class: "severity" }, h("span", { "aria-hidden": "true" }, symbol), " ", name),
    h(
      "div",
      {},
      h("p", { class: "what" }, finding.message ?? finding.what ?? finding.check ?? ""),
      finding.advice ? h("p", {}, finding.advice) : null,
      finding.in?.length ? h("p", { class: "faint" }, in_text(finding.in)) : null,
      rows_text(finding) ? h("p", { class: "faint" }, rows_text(finding)) : null,
    ),
  );
}

export function findings(result: Result): Child {
  const cautions = cautions_of(result);
  const sorted = [...(result.leaks ?? [])].sort(
    (a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity),
  );
  const serious = sorted.filter((finding) => finding.severity !== "note");
  const notes = sorted.filter((finding) => finding.severity === "note");
  return [
    cautions.map((text) =>
      h(
        "p",
        { class: "caution" },
        h("span", { "aria-hidden": "true" }, "▲ "),
        h("span", { class: "text" }, text),
      ),
    ),
    sorted.length === 0
      ? h("p", {}, result.leaks ? "No leak is noted in these results." : "No audit is among these results.")
      : null,
    serious.length ? h("ul", { class: "findings" }, serious.map(one)) : null,
    notes.length
      ? h(
          "details",
          { open: serious.length === 0 && notes.length <= 3 },
          h("summary", {}, plural(notes.length, "note")),
          h("ul", { class: "findings" }, notes.map(one)),
        )
      : null,
  ];
}
