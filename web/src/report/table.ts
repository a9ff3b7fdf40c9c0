// Tables: the numbers behind everything. Long ones have pages, so that 16,000 rows do not become 16,000 elements at once.
import { h, replace, unique, type Child } from "../common/dom";
import { count, DASH } from "../common/format";

export interface Column {
  name: string;
  /// Numbers stand to the right, digits below digits.
  number?: boolean;
  /// Words of any length, which may take several lines.
  words?: boolean;
}

export interface TableData {
  caption: string;
  columns: (Column | string)[];
  /// How many rows, and one of them, asked for when it is shown. The first cell is the row's heading.
  length: number;
  row(index: number): Child[];
  /// Whether the caption is for screen readers only, since a heading says the same.
  quiet?: boolean;
}

/// Columns in which nothing is known are left out.
export function rows_of(
  caption: string,
  columns: (Column | string)[],
  rows: Child[][],
  quiet = false,
): TableData {
  const kept = columns.map((_, at) => at === 0 || rows.some((row) => row[at] !== DASH));
  const cut = <Value>(list: Value[]) => list.filter((_, at) => kept[at]);
  return { caption, columns: cut(columns), length: rows.length, row: (index) => cut(rows[index]!), quiet };
}

const PAGE = 50;

export function table(data: TableData): HTMLElement {
  const columns = data.columns.map((column) => (typeof column === "string" ? { name: column } : column));
  const caption = unique("caption");
  const body = h("tbody");
  const fill = (from: number) => {
    const rows = [];
    for (let index = from; index < Math.min(data.length, from + PAGE); ++index) {
      const cells = data.row(index).map((cell, at) => {
        const kind = columns[at]?.number ? "number" : columns[at]?.words ? "words" : null;
        return at === 0 ? h("th", { scope: "row", class: kind }, cell) : h("td", { class: kind }, cell);
      });
      rows.push(h("tr", {}, cells));
    }
    replace(body, rows);
  };
  fill(0);
  const scroll = h(
    "div",
    { class: "scroll", role: "region", tabindex: "0", "aria-labelledby": caption },
    h(
      "table",
      { "aria-labelledby": caption },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          columns.map((column) =>
            h("th", { scope: "col", class: column.number ? "number" : null }, column.name),
          ),
        ),
      ),
      body,
    ),
  );
  // Not a <caption>: that is as narrow as a narrow table.
  const title = h("p", { id: caption, class: data.quiet ? "unseen" : "caption" }, data.caption);
  if (data.length <= PAGE) return h("div", { class: "table" }, title, scroll);

  let from = 0;
  const where = h("span", { role: "status" });
  const show = (next: number) => {
    from = Math.max(0, Math.min(next, Math.floor((data.length - 1) / PAGE) * PAGE));
    fill(from);
    replace(
      where,
      `rows ${count(from + 1)} to ${count(Math.min(data.length, from + PAGE))} of ${count(data.length)}`,
    );
    back.toggleAttribute("disabled", from === 0);
    on.toggleAttribute("disabled", from + PAGE >= data.length);
  };
  const back = h("button", { type: "button", onclick: () => show(from - PAGE) }, "Earlier rows");
  const on = h("button", { type: "button", onclick: () => show(from + PAGE) }, "Later rows");
  show(0);
  return h("div", { class: "table" }, title, scroll, h("div", { class: "pages" }, back, on, where));
}
