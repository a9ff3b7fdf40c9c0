// ROC and precision-recall curves of the test rows, from curves.json.
import { DASHES, type Theme } from "../../common/theme";
import { score } from "../../common/format";
import type { Curves, CurvesOfClass } from "../document";
import type { TableData } from "../table";
import { axis, diagonal, shared, tip, type Option } from "./charts";
import { legend_height } from "./legend";

export type RateKind = "roc" | "precision_recall";

/// More curves than these nobody can tell apart; the others are in the table.
export const MOST_CURVES = 8;

const AXES = {
  roc: ["false positive rate", "true positive rate"],
  precision_recall: ["recall", "precision"],
} as const;

const name_of = (one: CurvesOfClass, index: number) => one.name || `class ${index + 1}`;

function legend_of(curves: Curves, width: number): number {
  return legend_height(curves.classes.slice(0, MOST_CURVES).map(name_of), width);
}

export function rate_height(curves: Curves, width: number): number {
  return Math.min(440, width) + legend_of(curves, width);
}

export function area(one: CurvesOfClass, kind: RateKind): string {
  return kind === "roc" ? `AUC ${score(one.auc)}` : `average precision ${score(one.average_precision)}`;
}

export function rate_option(curves: Curves, kind: RateKind, theme: Theme, width: number): Option {
  const base = shared(theme);
  const [across, up] = AXES[kind];
  const side = Math.min(440, width) - 60;
  const shown = curves.classes.slice(0, MOST_CURVES);
  return {
    ...base,
    grid: { left: 48, top: legend_of(curves, width) + 8, width: side, height: side },
    legend: { ...base.legend, data: shown.map(name_of), width },
    xAxis: { ...axis(theme, across), type: "value", min: 0, max: 1 },
    yAxis: { ...axis(theme, up, { nameGap: 34 }), type: "value", min: 0, max: 1 },
    tooltip: {
      ...base.tooltip,
      formatter: (event: unknown) => {
        const { seriesIndex, dataIndex } = event as { seriesIndex: number; dataIndex: number };
        const one = shown[seriesIndex];
        const point = one?.[kind][dataIndex];
        if (!one || !point) return "";
        return tip(
          name_of(one, seriesIndex),
          [across, score(point[0])],
          [up, score(point[1])],
          ["threshold", score(point[2])],
          ["", area(one, kind)],
        );
      },
    },
    series: [
      ...shown.map((one, index) => ({
        id: `curve ${index}`,
        name: name_of(one, index),
        type: "line" as const,
        data: one[kind].map(([x, y]) => [x, y]),
        step: kind === "precision_recall" ? undefined : (false as const),
        symbol: "circle",
        symbolSize: 7,
        showSymbol: false,
        lineStyle: {
          width: 2,
          color: theme.series[index % theme.series.length],
          type: DASHES[index % DASHES.length] as "solid",
        },
        itemStyle: { color: theme.series[index % theme.series.length] },
      })),
      ...(kind === "roc" ? [diagonal("chance", theme)] : []),
    ],
  };
}

export function rate_table(curves: Curves, kind: RateKind): TableData {
  const [across, up] = AXES[kind];
  const all = curves.classes.flatMap((one) => one[kind].map((point) => [one.name, ...point] as const));
  return {
    caption: `${kind === "roc" ? "ROC" : "Precision-recall"} curves, point by point`,
    columns: [
      "class",
      { name: across, number: true },
      { name: up, number: true },
      { name: "threshold", number: true },
    ],
    length: all.length,
    row: (index) => {
      const [name, x, y, threshold] = all[index]!;
      return [name, score(x), score(y), score(threshold, 4)];
    },
  };
}
