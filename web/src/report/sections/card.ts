// The model card: what reporting guidelines ask for. What nobody has said is marked.
import { h, type Child } from "../../common/dom";
import { plural } from "../../common/format";
import type { Result } from "../document";

export function card(result: Result): Child {
  const headings = result.card ?? [];
  if (headings.length === 0) return null;
  const open = headings.flatMap((heading) => heading.entries).filter((entry) => entry.text === null).length;
  return [
    h(
      "p",
      { class: "faint" },
      "What the results tell is filled in. ",
      open
        ? `${plural(open, "entry is", "entries are")} marked “to fill in”: only the people who made the data and will use the model know.`
        : "",
    ),
    headings.map((heading) =>
      h(
        "section",
        { class: "card" },
        h(
          "h3",
          {},
          heading.heading,
          heading.source ? h("span", { class: "source" }, ` ${heading.source}`) : null,
        ),
        h(
          "dl",
          {},
          heading.entries.map((entry) => [
            h("dt", {}, entry.item),
            h("dd", {}, entry.text === null ? h("mark", {}, "to fill in") : entry.text),
          ]),
        ),
      ),
    ),
  ];
}
