// Figure 2: both modalities in the two largest joint components, with the unit circle; before and after the shift.
import type { Theme } from "../../common/theme";
import { drawn } from "../geometry/shift";
import { shared, type Option } from "./charts";
import {
  CLOUD_LEGEND,
  cloud_series,
  dot_size,
  hit_tip,
  panel_options,
  panels,
  unit_ring,
  type CloudState,
  type ShiftedOnce,
} from "./cloud";
import { groups } from "./groups";
import { lambda_text } from "./lambda";

function picked(all: Float32Array, rows: number[]): Float32Array {
  const result = new Float32Array(2 * rows.length);
  rows.forEach((row, i) => {
    result[2 * i] = all[2 * row]!;
    result[2 * i + 1] = all[2 * row + 1]!;
  });
  return result;
}

export function circle_option(state: CloudState, shifts: ShiftedOnce, theme: Theme, width: number): Option {
  const all_groups = groups(state.points, state.colour_by, theme, state.step);
  const names = all_groups.map((group) => group.name);
  const layout = panels(width, 2, names);
  const option: Option = {
    ...shared(theme),
    ...panel_options(
      layout,
      ["before, λ = 0", `after, ${lambda_text(state.lambda)}`],
      theme,
      state.on_circle ? 1.06 : 1.15,
    ),
  };
  const series: object[] = [0, 1].map((panel) => ({
    id: `ring ${panel}`,
    type: "line",
    xAxisIndex: panel,
    yAxisIndex: panel,
    data: unit_ring(),
    symbol: "none",
    silent: true,
    z: 1,
    lineStyle: { color: theme.line, width: 1.5 },
    tooltip: { show: false },
  }));
  for (const group of all_groups) {
    [0, state.lambda].forEach((lambda, panel) => {
      const all = drawn(shifts.of(group.which, lambda), 2, state.on_circle);
      series.push(
        cloud_series(option, group.name, picked(all, group.rows), group.rows, group.which, panel, {
          colour: group.colour,
          symbol: group.symbol,
          opacity: 0.55,
          size: dot_size(state.points.rows),
        }),
      );
    });
  }
  option.series = series as Option["series"];
  option.legend = { ...option.legend, ...CLOUD_LEGEND, data: names };
  option.tooltip = { ...option.tooltip, ...hit_tip(state.points, option) };
  return option;
}
