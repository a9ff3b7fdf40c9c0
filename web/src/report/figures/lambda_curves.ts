// Figures 4 to 6 of the paper: accuracy, macro F1 and AUC against lambda, for early and late fusion.
import { DASHES, SYMBOLS, type Theme } from "../../common/theme";
import { interval, is_interval, score, type Interval } from "../../common/format";
import { at, list_at, number_at, text_at, type Json, type Part } from "../document";
import { rows_of, type TableData } from "../table";
import { axis, shared, tip, type Option } from "./charts";
import { legend_height } from "./legend";

export const FIGURES = [
  { key: "accuracy", name: "accuracy" },
  { key: "macro_f1", name: "macro F1" },
  { key: "auc", name: "AUC" },
] as const;

export interface CurvePoint {
  lambda: number;
  value: number;
  band: Interval | null;
  /// One value for each seed, where sweep.csv is there.
  seeds: number[];
}

export interface Curve {
  method: string;
  fusion: string;
  /// By the keys of FIGURES.
  points: Record<string, CurvePoint[]>;
}

export type Band = "interval" | "sd" | "seeds" | "none";

export interface LambdaCurves {
  curves: Curve[];
  band: Band;
  /// What the results say that their intervals are.
  interval_of: string;
  optimistic: boolean;
}

/// The column of sweep.csv that a figure is in.
function seeds_of(part: Part, method: string, fusion: string, lambda: number, key: string): number[] {
  const rows = part.tables?.["sweep"];
  const header = rows?.[0];
  if (!rows || !header) return [];
  const column = (name: string) => header.indexOf(name);
  const [m, f, l, v] = [column("method"), column("fusion"), column("lambda"), column(`test_${key}`)];
  return rows
    .slice(1)
    .filter(
      (row) =>
        row[m] === method && row[f] === fusion && row[l] !== "" && Math.abs(Number(row[l]) - lambda) < 1e-9,
    )
    .map((row) => Number(row[v]))
    .filter(Number.isFinite);
}

export function lambda_curves(part: Part): LambdaCurves | null {
  const curves = new Map<string, Curve>();
  let band: Band = "none";
  let optimistic = false;
  for (const mean of list_at(part.metrics, "means")) {
    const lambda = number_at(mean, "lambda");
    if (lambda === undefined) continue;
    if (at(mean, "test") === undefined) optimistic = true;
    const scores: Json | undefined = at(mean, "test") ?? at(mean, "best_test_epochs");
    const method = text_at(mean, "method");
    const fusion = text_at(mean, "fusion");
    const key = `${method}\n${fusion}`;
    const curve = curves.get(key) ?? { method, fusion, points: {} };
    curves.set(key, curve);
    for (const { key: figure } of FIGURES) {
      const value = number_at(scores, figure);
      if (value === undefined) continue;
      const measured = at(scores, "intervals", figure) ?? at(scores, `${figure}_interval`);
      const sd = number_at(scores, `${figure}_sd`);
      const seeds = seeds_of(part, method, fusion, lambda, figure);
      let around: Interval | null = null;
      if (is_interval(measured)) {
        around = measured;
        band = "interval";
      } else if (sd !== undefined) {
        around = [value - sd, value + sd];
        if (band !== "interval") band = "sd";
      } else if (seeds.length > 1) {
        around = [Math.min(...seeds), Math.max(...seeds)];
        if (band === "none") band = "seeds";
      }
      (curve.points[figure] ??= []).push({ lambda, value, band: around, seeds });
    }
  }
  for (const curve of curves.values())
    for (const points of Object.values(curve.points)) points.sort((a, b) => a.lambda - b.lambda);
  return curves.size > 0
    ? {
        curves: [...curves.values()],
        band,
        interval_of: text_at(part.metrics, "sweep", "intervals"),
        optimistic,
      }
    : null;
}

const BAND_WORDS: Record<Band, string> = {
  interval: "Bands: intervals as the results have them.",
  sd: "Bands: macro F1 ± one standard deviation of the seeds; accuracy and AUC from the lowest to the highest seed.",
  seeds: "Bands: from the lowest to the highest seed.",
  none: "",
};

/// What the bands are of; intervals in the results' own words.
export function band_words(data: LambdaCurves): string {
  return data.band === "interval" && data.interval_of ? `Bands: ${data.interval_of}.` : BAND_WORDS[data.band];
}

interface Layout {
  height: number;
  boxes: { left: number; top: number; width: number; height: number }[];
}

function layout(names: string[], width: number): Layout {
  const top = legend_height(names, width) + 28;
  if (width >= 760) {
    const one = (width - 3 * 48 - 8) / 3;
    return {
      height: top + 282,
      boxes: [0, 1, 2].map((i) => ({ left: 44 + i * (one + 48), top, width: one, height: 230 })),
    };
  }
  return {
    height: top + 3 * 250,
    boxes: [0, 1, 2].map((i) => ({ left: 44, top: top + i * 250, width: width - 60, height: 170 })),
  };
}

function namer(data: LambdaCurves): (curve: Curve) => string {
  const several = new Set(data.curves.map((curve) => curve.method)).size > 1;
  return (curve) => (several ? `${curve.fusion} fusion, ${curve.method}` : `${curve.fusion} fusion`);
}

export function lambda_height(data: LambdaCurves, width: number): number {
  return layout(data.curves.map(namer(data)), width).height;
}

export function lambda_option(
  data: LambdaCurves,
  chosen: Map<string, number>,
  theme: Theme,
  width: number,
): Option {
  const name_of = namer(data);
  const { boxes } = layout(data.curves.map(name_of), width);
  const series: object[] = [];
  data.curves.forEach((curve, index) => {
    const colour = theme.series[index % theme.series.length]!;
    const name = name_of(curve);
    FIGURES.forEach(({ key }, panel) => {
      const points = curve.points[key] ?? [];
      const place = { xAxisIndex: panel, yAxisIndex: panel };
      // A band is two lines: an invisible one below, and the height above it, filled.
      const band = points.filter((point) => point.band);
      const stack = `band ${index} ${panel}`;
      const quiet = {
        symbol: "none",
        silent: true,
        lineStyle: { opacity: 0 },
        tooltip: { show: false },
        stackStrategy: "all",
      };
      series.push(
        {
          id: `${stack} low`,
          type: "line",
          ...place,
          ...quiet,
          stack,
          data: band.map((p) => [p.lambda, p.band![0]]),
        },
        {
          id: `${stack} high`,
          type: "line",
          ...place,
          ...quiet,
          stack,
          areaStyle: { color: colour, opacity: 0.16 },
          data: band.map((p) => [p.lambda, p.band![1] - p.band![0]]),
        },
        {
          id: `${name} ${key}`,
          name,
          type: "line",
          ...place,
          data: points.map((p) => [p.lambda, p.value]),
          symbol: SYMBOLS[index % SYMBOLS.length],
          symbolSize: 6,
          showAllSymbol: true,
          lineStyle: { color: colour, width: 2, type: DASHES[index % DASHES.length] },
          itemStyle: { color: colour },
          markLine: chosen.has(curve.fusion)
            ? {
                silent: true,
                symbol: "none",
                label: { show: false },
                lineStyle: { color: colour, type: "dotted", width: 1 },
                data: [{ xAxis: chosen.get(curve.fusion) }],
              }
            : undefined,
        },
      );
    });
  });
  const base = shared(theme);
  return {
    ...base,
    title: FIGURES.map(({ name }, i) => ({
      text: name,
      left: boxes[i]!.left,
      top: boxes[i]!.top - 26,
      padding: 0,
      textStyle: { color: theme.ink, fontSize: 13, fontWeight: 600 },
    })),
    grid: boxes,
    xAxis: boxes.map((_, gridIndex) => ({
      ...axis(theme, "λ"),
      gridIndex,
      type: "value" as const,
      min: "dataMin" as const,
      max: "dataMax" as const,
    })),
    yAxis: boxes.map((_, gridIndex) => ({
      ...axis(theme, ""),
      gridIndex,
      type: "value" as const,
      scale: true,
    })),
    legend: { ...base.legend, data: data.curves.map(name_of) },
    tooltip: {
      ...base.tooltip,
      formatter: (event: unknown) => {
        const { seriesId } = event as { seriesId: string };
        const { dataIndex } = event as { dataIndex: number };
        for (const curve of data.curves)
          for (const { key, name } of FIGURES)
            if (seriesId === `${name_of(curve)} ${key}`) {
              const point = curve.points[key]![dataIndex]!;
              const lines: [string, string][] = [
                ["λ", score(point.lambda, 2)],
                [name, score(point.value)],
              ];
              if (point.band) lines.push(["band", interval(point.band)]);
              if (point.seeds.length)
                lines.push(["seeds", point.seeds.map((value) => score(value)).join(", ")]);
              return tip(name_of(curve), ...lines);
            }
        return "";
      },
    },
    series: series as Option["series"],
  };
}

export function lambda_table(data: LambdaCurves): TableData {
  const rows = data.curves.flatMap((curve) =>
    (curve.points["macro_f1"] ?? curve.points["accuracy"] ?? []).map(({ lambda }) => {
      const of = (key: string) => curve.points[key]?.find((point) => point.lambda === lambda);
      return [
        curve.method,
        curve.fusion,
        score(lambda, 2),
        ...FIGURES.flatMap(({ key }) => [
          score(of(key)?.value),
          of(key)?.band ? interval(of(key)!.band) : "–",
        ]),
      ];
    }),
  );
  return rows_of(
    "Scores against lambda",
    [
      "method",
      "fusion",
      { name: "λ", number: true },
      ...FIGURES.flatMap(({ name }) => [
        { name, number: true },
        { name: "band", number: true },
      ]),
    ],
    rows,
  );
}
