// The confusion matrix of the test rows: true classes down, predicted ones across.
import type { Theme } from "../../common/theme";
import { count, percent } from "../../common/format";
import { rows_of, type TableData } from "../table";
import { axis, FONT, shared, shortened, tip, type Option } from "./charts";

export interface Confusion {
  classes: string[];
  /// [true][predicted]
  counts: number[][];
}

/// Beyond these, cells are too small for numbers.
const MOST_NUMBERS = 12;

function label_width(classes: string[]): number {
  return Math.min(130, 16 + 7 * Math.max(...classes.map((name) => Math.min(18, name.length))));
}

export function confusion_height(confusion: Confusion, width: number): number {
  const cell = Math.min(
    64,
    (Math.min(560, width) - label_width(confusion.classes)) / confusion.classes.length,
  );
  return Math.max(160, cell * confusion.classes.length) + label_width(confusion.classes) + 30;
}

export function confusion_option(confusion: Confusion, theme: Theme, width: number): Option {
  const { classes, counts } = confusion;
  const left = label_width(classes) + 24;
  const side = confusion_height(confusion, width) - label_width(classes) - 30;
  const cell = side / classes.length;
  const longest = Math.max(...classes.map((name) => Math.min(18, name.length)));
  const totals = counts.map((row) => row.reduce((sum, value) => sum + value, 0));
  const share = (t: number, p: number) => counts[t]![p]! / (totals[t] || 1);
  const base = shared(theme);
  const cells = counts.flatMap((row, t) => row.map((_, p) => [p, t, share(t, p)]));
  const names = {
    type: "category" as const,
    data: classes.map((_, k) => String(k)),
    splitArea: { show: false },
  };
  const label = (name: string) => ({
    color: theme.ink,
    fontFamily: FONT,
    interval: classes.length > 30 ? ("auto" as const) : 0,
    formatter: (k: string) => shortened(classes[Number(k)] ?? "", 18),
    rotate: name === "predicted" && cell < 16 + 6.6 * longest ? 45 : 0,
  });
  return {
    ...base,
    legend: undefined,
    grid: { left, top: 8, width: Math.min(side, width - left - 16), height: side },
    xAxis: {
      ...axis(theme, "predicted", { nameGap: label_width(classes) - 14, axisLabel: label("predicted") }),
      ...names,
    },
    yAxis: {
      ...axis(theme, "true", { nameGap: label_width(classes) + 2, axisLabel: label("true") }),
      ...names,
      inverse: true,
    },
    visualMap: {
      show: false,
      min: 0,
      max: 1,
      dimension: 2,
      inRange: { color: theme.dark ? ["#1b2127", "#1f5f86", "#7cc4ef"] : ["#f4f6f8", "#7fb6d8", "#0a5c94"] },
    },
    tooltip: {
      ...base.tooltip,
      formatter: (event: unknown) => {
        const [p, t] = (event as { value: [number, number, number] }).value;
        return tip(
          `${count(counts[t]![p])} of ${count(totals[t])} rows`,
          ["true", classes[t] ?? ""],
          ["predicted", classes[p] ?? ""],
          ["share of the true class", percent(share(t, p))],
        );
      },
    },
    series: [
      {
        type: "heatmap",
        data: cells.map((cell) => ({
          value: cell,
          label: {
            color: cell[2]! > 0.5 !== theme.dark ? "#ffffff" : cell[2]! > 0.5 ? "#10151a" : theme.ink,
          },
        })),
        itemStyle: { borderColor: theme.page, borderWidth: 2 },
        emphasis: { itemStyle: { borderColor: theme.ink } },
        label: {
          show: classes.length <= MOST_NUMBERS,
          fontFamily: FONT,
          formatter: (event: unknown) => {
            const [p, t] = (event as { value: [number, number, number] }).value;
            return String(counts[t]![p]);
          },
        },
      },
    ],
  };
}

export function confusion_table({ classes, counts }: Confusion): TableData {
  return rows_of(
    "Confusion matrix: true classes down, predicted across",
    ["true class", ...classes.map((name) => ({ name, number: true }))],
    counts.map((row, t) => [classes[t] ?? "", ...row.map((value) => count(value))]),
  );
}
