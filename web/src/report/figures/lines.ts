// A few lines over one axis, with bands where there are intervals: learning curves and training curves.
import { DASHES, SYMBOLS, type Theme } from "../../common/theme";
import { interval, type Interval } from "../../common/format";
import { axis, shared, tip, type Option } from "./charts";
import { legend_height } from "./legend";

export interface Line {
  name: string;
  points: { x: number; y: number; band?: Interval | null }[];
  /// 1 for an axis of its own on the right.
  right?: boolean;
  symbols?: boolean;
}

export interface LinesSpec {
  lines: Line[];
  x: { name: string; log?: boolean; text(value: number): string };
  y: { name: string; text(value: number): string };
  right?: string;
  mark?: { x: number; name: string };
}

const legend_of = (spec: LinesSpec, width: number) =>
  legend_height(
    spec.lines.map((line) => line.name),
    width,
  );

export function lines_height(spec: LinesSpec, width: number): number {
  return 300 + legend_of(spec, width);
}

export function lines_option(spec: LinesSpec, theme: Theme, width: number): Option {
  const base = shared(theme);
  const series: object[] = [];
  spec.lines.forEach((line, index) => {
    const colour = theme.series[index % theme.series.length]!;
    const band = line.points.filter((point) => point.band);
    const quiet = {
      type: "line",
      symbol: "none",
      silent: true,
      lineStyle: { opacity: 0 },
      tooltip: { show: false },
      stack: `band ${index}`,
      stackStrategy: "all",
      yAxisIndex: line.right ? 1 : 0,
    };
    if (band.length)
      series.push(
        { ...quiet, id: `low ${index}`, data: band.map((p) => [p.x, p.band![0]]) },
        {
          ...quiet,
          id: `high ${index}`,
          areaStyle: { color: colour, opacity: 0.16 },
          data: band.map((p) => [p.x, p.band![1] - p.band![0]]),
        },
      );
    series.push({
      id: `line ${index}`,
      name: line.name,
      type: "line",
      yAxisIndex: line.right ? 1 : 0,
      data: line.points.map((p) => [p.x, p.y]),
      symbol: SYMBOLS[index % SYMBOLS.length],
      symbolSize: 7,
      showSymbol: line.symbols ?? line.points.length <= 20,
      lineStyle: { width: 2, color: colour, type: DASHES[index % DASHES.length] },
      itemStyle: { color: colour },
      markLine:
        spec.mark && index === 0
          ? {
              silent: true,
              symbol: "none",
              lineStyle: { color: theme.faint, type: "dashed", width: 1 },
              label: { color: theme.faint, position: "insideEndTop", formatter: () => spec.mark!.name },
              data: [{ xAxis: spec.mark.x }],
            }
          : undefined,
    });
  });
  return {
    ...base,
    grid: { left: 52, right: spec.right ? 56 : 16, top: legend_of(spec, width) + 12, bottom: 48 },
    legend: { ...base.legend, data: spec.lines.map((line) => line.name) },
    xAxis: {
      ...axis(theme, spec.x.name, { min: "dataMin", max: "dataMax" }),
      type: spec.x.log ? "log" : "value",
    } as Option["xAxis"],
    yAxis: [
      { ...axis(theme, spec.y.name, { nameGap: 38 }), type: "value", scale: true },
      ...(spec.right
        ? [
            {
              ...axis(theme, spec.right, { nameGap: 40, splitLine: { show: false } }),
              type: "value" as const,
              scale: true,
            },
          ]
        : []),
    ] as Option["yAxis"],
    tooltip: {
      ...base.tooltip,
      formatter: (event: unknown) => {
        const { seriesId, dataIndex } = event as { seriesId: string; dataIndex: number };
        const line = spec.lines[Number(String(seriesId).replace("line ", ""))];
        const point = line?.points[dataIndex];
        if (!line || !point) return "";
        const lines: [string, string][] = [
          [spec.x.name, spec.x.text(point.x)],
          [line.right ? (spec.right ?? "") : spec.y.name, spec.y.text(point.y)],
        ];
        if (point.band) lines.push(["95 % interval", interval(point.band)]);
        return tip(line.name, ...lines);
      },
    },
    series: series as Option["series"],
  };
}
