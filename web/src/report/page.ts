// The report from top to bottom, and its table of contents.
import { h, replace, type Child } from "../common/dom";
import { at, type Part, type ReportDocument, type Result } from "./document";
import { parts_of } from "./parts";
import { again } from "./sections/again";
import { assessment } from "./sections/assessment";
import { baselines } from "./sections/baselines";
import { card } from "./sections/card";
import { costs } from "./sections/costs";
import { embeddings, type Marks } from "./sections/embeddings";
import { findings } from "./sections/findings";
import { chosen_lambdas, lambda_section } from "./sections/lambda";
import { measures } from "./sections/measures";
import { paper_tables } from "./sections/paper_tables";
import { anchor_of, side_by_side } from "./sections/side_by_side";
import { study } from "./sections/study";
import { summary } from "./sections/summary";
import { verdict } from "./sections/verdict";

interface Section {
  id: string;
  name: string;
  element: HTMLElement;
}

/// Nothing to show makes no section.
function empty(child: Child): boolean {
  return (
    child === null || child === undefined || child === false || (Array.isArray(child) && child.every(empty))
  );
}

function marks_of(result: Result): Marks {
  const lambdas: Marks["lambdas"] = [];
  for (const part of parts_of(result, "sweep"))
    for (const [fusion, lambda] of chosen_lambdas(part))
      if (!lambdas.some((mark) => mark.lambda === lambda))
        lambdas.push({ lambda, name: `chosen, ${fusion}` });
  return { lambdas };
}

/// Every table of embeddings that the results have, one at a time.
function all_embeddings(result: Result): Child {
  const parts = result.parts.filter((part) => part.geometry);
  if (parts.length === 0) return null;
  const marks = marks_of(result);
  const place = h("div", {}, embeddings(parts[0]!.geometry!, marks).element);
  if (parts.length === 1) return place;
  const select = h(
    "select",
    { onchange: () => replace(place, embeddings(parts[Number(select.value)]!.geometry!, marks).element) },
    parts.map((part, index) => h("option", { value: index }, part.name)),
  );
  return [h("div", { class: "controls" }, h("label", {}, "Embeddings of ", select)), place];
}

function sections_of(result: Result, prefix: string): Section[] {
  const sections: Section[] = [];
  const add = (id: string, name: string, ...children: Child[]) => {
    if (children.every(empty)) return;
    const heading = `${prefix}${id}`;
    sections.push({
      id: heading,
      name,
      element: h(
        "section",
        { "aria-labelledby": heading },
        h("h2", { id: heading, tabindex: "-1" }, name),
        children,
      ),
    });
  };
  add("findings", "Before you trust a figure", findings(result));
  add("summary", "Summary", summary(result));
  for (const part of parts_of(result, "study"))
    add(`study-${sections.length}`, "What was compared", study(part));
  /// Of several steps of a kind each says which it is.
  const each = (kind: Part["kind"], id: string, name: string, content: (part: Part) => Child[]) => {
    const parts = parts_of(result, kind);
    for (const part of parts)
      add(`${id}-${sections.length}`, parts.length > 1 ? `${name} (${part.name})` : name, content(part));
  };
  each("sweep", "verdict", "Does alignment help?", (part) => [verdict(part), lambda_section(part)]);
  add(
    "embeddings",
    "Where the embeddings lie",
    all_embeddings(result),
    parts_of(result, "audit").map(measures),
  );
  each("comparison", "tables", "The paper’s tables", (part) => [paper_tables(part)]);
  add("test", "On the test rows", assessment(result));
  each("baselines", "simpler", "Simpler classifiers", (part) => [baselines(part)]);
  add("costs", "What it took", costs(result));
  add("again", "How to run it again", again(result));
  add("card", "Model card", card(result));
  return sections;
}

function contents(groups: { name: string | null; sections: Section[] }[]): HTMLElement {
  return h(
    "nav",
    { "aria-label": "Contents" },
    groups.map(({ name, sections }) => [
      name === null ? null : h("p", { class: "group" }, name),
      h(
        "ul",
        {},
        sections.map((section) => h("li", {}, h("a", { href: `#${section.id}` }, section.name))),
      ),
    ]),
  );
}

export function page(document: ReportDocument): HTMLElement[] {
  const several = document.results.length > 1;
  const groups = document.results.map((result) => ({
    name: several ? result.name : null,
    result,
    sections: sections_of(result, several ? `${anchor_of(result, document.results)}-` : ""),
  }));
  const made = [
    `puente ${document.puente}`,
    ...new Set(document.results.map((result) => result.folder)),
  ].join(" · ");
  const untrained = document.results.some((result) =>
    result.parts.some((part) =>
      JSON.stringify(at(part.metrics, "tables") ?? "").includes('"untrained":true'),
    ),
  );
  const beside = several
    ? [
        h(
          "section",
          { "aria-labelledby": "side-by-side" },
          h("h2", { id: "side-by-side", tabindex: "-1" }, "Data sets side by side"),
          side_by_side(document.results),
        ),
      ]
    : [];
  return [
    h("a", { class: "skip", href: "#main" }, "Skip to the report"),
    h(
      "header",
      {},
      h("h1", {}, document.title || "Results"),
      h("p", { class: "faint" }, made),
      untrained ? h("p", { class: "badge" }, "Untrained encoder: random weights") : null,
    ),
    h(
      "div",
      { class: "columns" },
      contents(groups),
      h(
        "main",
        { id: "main", tabindex: "-1" },
        beside,
        groups.map(({ result, sections }) => [
          several
            ? h("p", { class: "result-name", id: anchor_of(result, document.results) }, result.name)
            : null,
          sections.map((section) => section.element),
        ]),
        h(
          "footer",
          {},
          h(
            "p",
            { class: "faint" },
            "Every number is as puente wrote it into the results; the page computes only where points go when λ is moved. It asks nothing of any network. Research use: not a medical device.",
          ),
        ),
      ),
    ),
  ];
}
