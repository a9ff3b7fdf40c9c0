// Several results, such as a medical beside a general data set: figure 2's panels, and their key figures in one table.
import { h, type Child } from "../../common/dom";
import { count, percent, score } from "../../common/format";
import { at, number_at, type Geometry, type Result } from "../document";
import { sides_height, sides_option, type Side } from "../figures/sides";
import { figure } from "../figures/frame";
import { decode } from "../geometry/decode";
import { interval_of, main_part, score_of, SCORES } from "../parts";
import { rows_of, table } from "../table";

export function geometry_of(result: Result): Geometry | undefined {
  return result.parts.find((part) => part.geometry)?.geometry;
}

export function side_by_side(results: Result[]): Child {
  const sides: Side[] = results.flatMap((result) => {
    const geometry = geometry_of(result);
    return geometry ? [{ name: result.name, points: decode(geometry) }] : [];
  });
  return [
    sides.length > 1
      ? figure({
          title: "Both modalities of each data set, before alignment (figure 2)",
          file: "data-sets",
          canvas: true,
          summary: `Image and text embeddings of ${sides.map((side) => side.name).join(", ")} in joint components of each.`,
          caption:
            "Each data set in its own two largest joint components, divided by their length; with the unit circle.",
          height: (width) => sides_height(sides, width),
          option: (theme, width) => sides_option(sides, theme, width),
          table: () => facts(results),
        }).element
      : null,
    table(facts(results)),
  ];
}

function facts(results: Result[]) {
  return rows_of(
    "The data sets side by side",
    [
      "data set",
      { name: "rows", number: true },
      { name: "gap", number: true },
      { name: "variance in 2 components", number: true },
      { name: "image variance", number: true },
      { name: "text variance", number: true },
      ...SCORES.flatMap(([, name]) => [
        { name, number: true },
        { name: "95 % interval", number: true },
      ]),
    ],
    results.map((result) => {
      const geometry = geometry_of(result);
      const audit = result.parts.find((part) => number_at(part.metrics, "image", "variance") !== undefined);
      const main = main_part(result);
      const test = main ? at(main.metrics, "test") : undefined;
      const share = geometry?.variance_share;
      return [
        h("a", { href: `#${anchor_of(result, results)}` }, result.name),
        count(geometry?.sampled_of ?? geometry?.rows),
        score(geometry?.gap.norm),
        share ? percent(share[0]! + share[1]!) : "–",
        score(at(audit?.metrics, "image", "variance"), 4),
        score(at(audit?.metrics, "text", "variance"), 4),
        ...SCORES.flatMap(([key]) => [score_of(test, key), interval_of(test, key)]),
      ];
    }),
  );
}

export function anchor_of(result: Result, results: Result[]): string {
  return `result-${results.indexOf(result) + 1}`;
}
