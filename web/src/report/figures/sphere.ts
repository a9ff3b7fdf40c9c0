// Figure 3: both modalities on the sphere of the three largest joint components, before and after the shift. Drawn by a
// projection of our own as flat points, which needs no WebGL; dragging and arrow keys turn both spheres.
import type { Theme } from "../../common/theme";
import { globe, turned, type View } from "../geometry/rotate";
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
import { groups, type Group } from "./groups";
import { lambda_text } from "./lambda";

export interface SphereState extends CloudState {
  view: View;
}

interface Side {
  data: Float32Array;
  rows: Int32Array;
}

/// A group's points on the near and on the far side.
function sides(all: Float32Array, group: Group, view: View): { near: Side; far: Side } {
  const number = group.rows.length;
  const side = (): Side & { used: number } => ({
    data: new Float32Array(2 * number),
    rows: new Int32Array(number),
    used: 0,
  });
  const near = side();
  const far = side();
  for (const row of group.rows) {
    const [x, y, depth] = turned(all[3 * row]!, all[3 * row + 1]!, all[3 * row + 2]!, view);
    const to = depth >= 0 ? near : far;
    to.data[2 * to.used] = x;
    to.data[2 * to.used + 1] = y;
    to.rows[to.used++] = row;
  }
  const cut = (one: Side & { used: number }) => ({
    data: one.data.slice(0, 2 * one.used),
    rows: one.rows.slice(0, one.used),
  });
  return { near: cut(near), far: cut(far) };
}

function lines(
  id: string,
  all: number[][][],
  panel: number,
  theme: Theme,
  opacity: number,
  z: number,
): object[] {
  // One series for all lines of a side: a point that is not there ends a line.
  const data = all.flatMap((line) => [...line, ["-", "-"]]);
  return [
    {
      id: `${id} ${panel}`,
      type: "line",
      xAxisIndex: panel,
      yAxisIndex: panel,
      data,
      symbol: "none",
      silent: true,
      connectNulls: false,
      z,
      lineStyle: { color: theme.faint, width: 1, opacity },
      tooltip: { show: false },
    },
  ];
}

export function sphere_option(state: SphereState, shifts: ShiftedOnce, theme: Theme, width: number): Option {
  const all_groups = groups(state.points, state.colour_by, theme, state.step);
  const names = all_groups.map((group) => group.name);
  const layout = panels(width, 2, names);
  const option: Option = {
    ...shared(theme),
    ...panel_options(layout, ["before, λ = 0", `after, ${lambda_text(state.lambda)}`], theme, 1.06),
  };
  const { near, far } = globe(state.view);
  const outline = [unit_ring()];
  const series: object[] = [];
  for (const panel of [0, 1]) {
    series.push(...lines("far", far, panel, theme, 0.12, 1));
    series.push(...lines("near", near, panel, theme, 0.3, 3));
    series.push(...lines("outline", outline, panel, theme, 0.6, 3));
  }
  for (const group of all_groups) {
    [0, state.lambda].forEach((lambda, panel) => {
      const split = sides(drawn(shifts.of(group.which, lambda), 3, true), group, state.view);
      const look = { colour: group.colour, symbol: group.symbol, size: dot_size(state.points.rows) };
      for (const [side, opacity, z] of [
        [split.near, 0.6, 4],
        [split.far, 0.3, 2],
      ] as const)
        // ECharts stumbles over a large series without points.
        if (side.rows.length)
          series.push({
            ...cloud_series(option, group.name, side.data, side.rows, group.which, panel, {
              ...look,
              opacity,
            }),
            z,
          });
    });
  }
  option.series = series as Option["series"];
  option.legend = { ...option.legend, ...CLOUD_LEGEND, data: names };
  option.tooltip = { ...option.tooltip, ...hit_tip(state.points, option) };
  return option;
}
