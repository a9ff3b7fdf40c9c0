// Figure 2's panels: a data set in each, both modalities on the unit circle.
import { SYMBOLS, type Theme } from "../../common/theme";
import type { Points } from "../geometry/decode";
import { drawn, shifted } from "../geometry/shift";
import { shared, type Option } from "./charts";
import { CLOUD_LEGEND, cloud_series, dot_size, hit_of, panel_options, panels, row_tip } from "./cloud";

export interface Side {
  name: string;
  points: Points;
}

export function sides_height(sides: Side[], width: number): number {
  return panels(width, sides.length, ["image", "text"]).height;
}

export function sides_option(sides: Side[], theme: Theme, width: number): Option {
  const option: Option = {
    ...shared(theme),
    ...panel_options(
      panels(width, sides.length, ["image", "text"]),
      sides.map((side) => side.name),
      theme,
      1.06,
    ),
  };
  option.series = sides.flatMap(({ points }, panel) => {
    const rows = Array.from({ length: points.rows }, (_, row) => row);
    const ring = Array.from({ length: 121 }, (_, i) => [
      Math.cos((i * Math.PI) / 60),
      Math.sin((i * Math.PI) / 60),
    ]);
    return [
      {
        id: `ring ${panel}`,
        type: "line",
        xAxisIndex: panel,
        yAxisIndex: panel,
        data: ring,
        symbol: "none",
        silent: true,
        lineStyle: { color: theme.line, width: 1.5 },
      },
      ...(["image", "text"] as const).map((which) =>
        cloud_series(option, which, drawn(shifted(points, which, 0), 2, true), rows, which, panel, {
          colour: which === "image" ? theme.image : theme.text,
          symbol: which === "image" ? SYMBOLS[0]! : SYMBOLS[2]!,
          opacity: 0.55,
          size: dot_size(points.rows),
        }),
      ),
    ];
  }) as Option["series"];
  option.legend = { ...option.legend, ...CLOUD_LEGEND, data: ["image", "text"] };
  option.tooltip = {
    ...option.tooltip,
    formatter: (event: unknown) => {
      const { seriesId, dataIndex } = event as { seriesId: string; dataIndex: number };
      const hit = hit_of(option, seriesId, dataIndex);
      const panel = Number(String(seriesId).split(" ")[1]);
      return hit && sides[panel] ? row_tip(sides[panel].points, hit) : "";
    },
  };
  return option;
}
