// What figures 2 and 3 share: two panels of points, before and after the shift; what a point is when the mouse is on it.
import type { Theme } from "../../common/theme";
import { count } from "../../common/format";
import { PARTS, type Points } from "../geometry/decode";
import { shifted } from "../geometry/shift";
import { tip, type Option } from "./charts";
import { legend_height } from "./legend";
import { group_names, type ColourBy, type Which } from "./groups";

export interface CloudState {
  points: Points;
  lambda: number;
  colour_by: ColourBy;
  /// Divided by their length, as in the paper; else as the components are.
  on_circle: boolean;
  /// Only every so many-th row is drawn: while something moves.
  step: number;
}

/// So many rows can be drawn again and again while a hand moves, on a computer without a graphics processor.
export const MOST_MOVING = 4000;

/// Shifted points, kept for a lambda: the panel before has always the same.
export class ShiftedOnce {
  private kept = new Map<string, Float32Array>();
  constructor(private points: Points) {}

  of(which: Which, lambda: number): Float32Array {
    const key = `${which} ${lambda}`;
    let found = this.kept.get(key);
    if (!found) {
      for (const old of this.kept.keys()) if (!old.endsWith(" 0")) this.kept.delete(old);
      found = shifted(this.points, which, lambda);
      this.kept.set(key, found);
    }
    return found;
  }
}

export interface Panels {
  side: number;
  height: number;
  boxes: { left: number; top: number }[];
}

const TITLE = 22;
const GAP = 24;

/// The unit circle as a closed line.
export function unit_ring(): number[][] {
  return Array.from({ length: 121 }, (_, i) => [Math.cos((i * Math.PI) / 60), Math.sin((i * Math.PI) / 60)]);
}

/// Of a figure with two panels.
export function cloud_height(state: CloudState, width: number): number {
  return panels(width, 2, group_names(state.points, state.colour_by)).height;
}

/// Squares beside each other, or below each other where there is no room.
export function panels(width: number, number: number, legend: string[]): Panels {
  const most = 440;
  const beside = Math.min(most, Math.floor((width - GAP * (number - 1)) / number));
  const stacked = beside < 240;
  const side = Math.max(120, stacked ? Math.min(most, width) : beside);
  const top = legend_height(legend, width) + TITLE;
  const boxes = [];
  const all = stacked ? side : side * number + GAP * (number - 1);
  for (let i = 0; i < number; ++i)
    boxes.push({
      left: Math.floor((width - all) / 2) + (stacked ? 0 : i * (side + GAP)),
      top: top + (stacked ? i * (side + TITLE + GAP) : 0),
    });
  const last = boxes[number - 1]!;
  return { side, height: last.top + side + 4, boxes };
}

export function panel_options(layout: Panels, titles: string[], theme: Theme, reach: number): Option {
  const hidden = { show: false, min: -reach, max: reach, type: "value" as const };
  return {
    title: titles.map((text, i) => ({
      text,
      left: layout.boxes[i]!.left + layout.side / 2,
      top: layout.boxes[i]!.top - TITLE,
      textAlign: "center" as const,
      padding: 0,
      textStyle: { color: theme.ink, fontSize: 13, fontWeight: 600 },
    })),
    grid: layout.boxes.map((box) => ({ ...box, width: layout.side, height: layout.side })),
    xAxis: layout.boxes.map((_, gridIndex) => ({ ...hidden, gridIndex })),
    yAxis: layout.boxes.map((_, gridIndex) => ({ ...hidden, gridIndex })),
  };
}

interface Target {
  rows: ArrayLike<number>;
  which: Which;
}

/// Whose points a chart's series are, kept beside its option: ECharts copies what is in it.
const targets = new WeakMap<Option, Map<string, Target>>();

/// Points of a series as ECharts takes many of them: flat, and drawn in one go.
export function cloud_series(
  option: Option,
  name: string,
  data: Float32Array,
  rows: ArrayLike<number>,
  which: Which,
  panel: number,
  look: { colour: string; symbol: string; opacity: number; size: number },
): object {
  const id = `${which} ${panel} ${look.opacity} ${name}`;
  const of_option = targets.get(option) ?? new Map<string, Target>();
  targets.set(option, of_option.set(id, { rows, which }));
  return {
    id,
    name,
    type: "scatter",
    xAxisIndex: panel,
    yAxisIndex: panel,
    data,
    dimensions: ["x", "y"],
    large: true,
    largeThreshold: 0,
    progressive: 0,
    symbol: look.symbol,
    symbolSize: look.size,
    itemStyle: { color: look.colour, opacity: look.opacity },
  };
}

/// Marks of a legend as points look, but not see-through.
export const CLOUD_LEGEND = { itemWidth: 12, itemHeight: 12, itemStyle: { opacity: 1 } };

export function dot_size(rows: number): number {
  return rows > 4000 ? 2.5 : rows > 1000 ? 4 : 6;
}

export interface Hit {
  row: number;
  which: Which;
}

/// Which point an event of a chart is about.
export function hit_of(option: Option, seriesId: unknown, dataIndex: unknown): Hit | null {
  const target = targets.get(option)?.get(String(seriesId));
  if (!target || typeof dataIndex !== "number") return null;
  const row = target.rows[dataIndex];
  return row === undefined ? null : { row, which: target.which };
}

export function hit_tip(points: Points, option: Option): object {
  return {
    formatter: (event: unknown) => {
      const { seriesId, dataIndex } = event as { seriesId: string; dataIndex: number };
      const hit = hit_of(option, seriesId, dataIndex);
      return hit ? row_tip(points, hit) : "";
    },
  };
}

export function row_tip(points: Points, hit: Hit): HTMLElement {
  return tip(
    points.names[hit.row] ?? `row ${count(hit.row + 1)}`,
    ["", hit.which],
    ["class", points.classes[points.class_of_row[hit.row]!] ?? "–"],
    ["part", PARTS[points.part[hit.row]!] ?? "–"],
  );
}
