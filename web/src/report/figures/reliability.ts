// Reliability diagram: how often a prediction is right, by its probability. Of two classes it is the second's probability
// and share; of more, the predicted class's.
import { DASHES, type Theme } from "../../common/theme";
import { count, percent, score } from "../../common/format";
import { rows_of, type TableData } from "../table";
import { axis, diagonal, shared, shortened, tip, type Option } from "./charts";
import { legend_height } from "./legend";

export interface Bin {
  lower: number;
  upper: number;
  rows: number;
  mean_confidence: number | null;
  share_correct: number | null;
}

export interface ReliabilityAxes {
  across: string;
  up: string;
}

export function reliability_axes(classes: string[]): ReliabilityAxes {
  return classes.length === 2
    ? {
        across: `mean probability of ${shortened(classes[1]!, 30)}`,
        up: `share that is ${shortened(classes[1]!, 30)}`,
      }
    : { across: "mean probability of the predicted class", up: "share that is right" };
}

export interface Reliability {
  name: string;
  bins: Bin[];
  expected_error?: number;
}

const legend_of = (all: Reliability[], width: number) =>
  legend_height(
    all.map((one) => one.name),
    width,
  );

export function reliability_height(all: Reliability[], width: number): number {
  return Math.min(440, width) + legend_of(all, width);
}

export function reliability_option(
  all: Reliability[],
  axes: ReliabilityAxes,
  theme: Theme,
  width: number,
): Option {
  const base = shared(theme);
  const side = Math.min(440, width) - 60;
  const shown = all.map((one) => ({ ...one, bins: one.bins.filter((bin) => bin.rows > 0) }));
  const most = Math.max(1, ...shown.flatMap((one) => one.bins.map((bin) => bin.rows)));
  return {
    ...base,
    grid: { left: 48, top: legend_of(all, width) + 8, width: side, height: side },
    legend: { ...base.legend, data: shown.map((one) => one.name) },
    xAxis: { ...axis(theme, axes.across), type: "value", min: 0, max: 1 },
    yAxis: { ...axis(theme, axes.up, { nameGap: 34 }), type: "value", min: 0, max: 1 },
    tooltip: {
      ...base.tooltip,
      formatter: (event: unknown) => {
        const { seriesIndex, dataIndex } = event as { seriesIndex: number; dataIndex: number };
        const bin = shown[seriesIndex]?.bins[dataIndex];
        if (!bin) return "";
        return tip(
          shown[seriesIndex]!.name,
          [axes.across, score(bin.mean_confidence)],
          [axes.up, percent(bin.share_correct)],
          ["rows", count(bin.rows)],
        );
      },
    },
    series: [
      ...shown.map((one, index) => ({
        id: `bins ${index}`,
        name: one.name,
        type: "line" as const,
        data: one.bins.map((bin) => [bin.mean_confidence, bin.share_correct]),
        symbol: index === 0 ? "circle" : "rect",
        symbolSize: (_: unknown, event: { dataIndex: number }) =>
          5 + 11 * Math.sqrt((one.bins[event.dataIndex]?.rows ?? 0) / most),
        lineStyle: { width: 2, color: theme.series[index], type: DASHES[index] as "solid" },
        itemStyle: { color: theme.series[index] },
      })),
      diagonal("ideal", theme),
    ],
  };
}

export function reliability_table(all: Reliability[], axes: ReliabilityAxes): TableData {
  return rows_of(
    "Reliability by tenths of probability",
    [
      "probabilities",
      { name: "from", number: true },
      { name: "to", number: true },
      { name: "rows", number: true },
      { name: axes.across, number: true },
      { name: axes.up, number: true },
    ],
    all.flatMap((one) =>
      one.bins.map((bin) => [
        one.name,
        score(bin.lower, 1),
        score(bin.upper, 1),
        count(bin.rows),
        score(bin.mean_confidence),
        score(bin.share_correct),
      ]),
    ),
  );
}
