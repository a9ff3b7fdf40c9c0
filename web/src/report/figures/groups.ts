// Which points are drawn alike: by modality as in the paper, by class, or by part of the split.
import { paper_theme, SYMBOLS, type Theme } from "../../common/theme";
import { PARTS, type Points } from "../geometry/decode";

export type ColourBy = "modality" | "class" | "part";
export type Which = "image" | "text";

export interface Group {
  name: string;
  colour: string;
  symbol: string;
  which: Which;
  rows: number[];
}

const MOST = 8;
export const OTHERS = "other classes";

/// Classes with most rows first; beyond eight, all others are one group.
export function shown_classes(points: Points): { names: string[]; group_of_class: number[] } {
  const counts = new Array<number>(points.classes.length).fill(0);
  for (const k of points.class_of_row) if (k < counts.length) counts[k]!++;
  const order = counts.map((_, k) => k).sort((a, b) => counts[b]! - counts[a]! || a - b);
  const all = order.length <= MOST;
  const kept = all ? points.classes.map((_, k) => k) : order.slice(0, MOST - 1);
  const group_of_class = points.classes.map((_, k) => (kept.includes(k) ? kept.indexOf(k) : kept.length));
  const names = kept.map((k) => points.classes[k]!);
  if (!all) names.push(OTHERS);
  return { names, group_of_class };
}

export function groups(points: Points, by: ColourBy, theme: Theme, step = 1): Group[] {
  const result: Group[] = [];
  const add = (names: string[], of_row: (row: number) => number, colours: string[]) => {
    names.forEach((name, index) => {
      const rows: number[] = [];
      for (let row = 0; row < points.rows; row += step) if (of_row(row) === index) rows.push(row);
      if (rows.length === 0) return;
      // Shapes tell the modalities apart where colours tell something else: filled discs and triangles.
      for (const which of ["image", "text"] as const)
        result.push({
          name: `${name}, ${which}`,
          colour: colours[index] ?? theme.rest,
          symbol: which === "image" ? SYMBOLS[0]! : SYMBOLS[2]!,
          which,
          rows,
        });
    });
  };
  if (by === "class") {
    const { names, group_of_class } = shown_classes(points);
    add(
      names,
      (row) => group_of_class[points.class_of_row[row]!] ?? names.length - 1,
      theme.series.slice(0, MOST - 1),
    );
    if (names.length === MOST && names[MOST - 1] !== OTHERS)
      for (const group of result.slice(-2)) group.colour = theme.series[MOST - 1]!;
  } else if (by === "part") {
    add(PARTS, (row) => points.part[row]!, [
      theme.series[0]!,
      theme.series[2]!,
      theme.series[4]!,
      theme.rest,
    ]);
  } else {
    const rows = Array.from({ length: Math.ceil(points.rows / step) }, (_, i) => i * step);
    result.push({ name: "image", colour: theme.image, symbol: SYMBOLS[0]!, which: "image", rows });
    result.push({ name: "text", colour: theme.text, symbol: SYMBOLS[2]!, which: "text", rows });
  }
  return result;
}

export function group_names(points: Points, by: ColourBy): string[] {
  return groups(points, by, paper_theme()).map((group) => group.name);
}
