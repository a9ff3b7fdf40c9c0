// The parts of ECharts that the report uses, and the options that all its charts share.
import { HeatmapChart, LineChart, ScatterChart } from "echarts/charts";
import {
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
  TooltipComponent,
  VisualMapComponent,
} from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer, SVGRenderer } from "echarts/renderers";
import type { EChartsOption } from "echarts";
import type { Theme } from "../../common/theme";
import { append, h } from "../../common/dom";

echarts.use([
  LineChart,
  ScatterChart,
  HeatmapChart,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
  TooltipComponent,
  VisualMapComponent,
  CanvasRenderer,
  SVGRenderer,
]);

export { echarts };
export type Option = EChartsOption;
export type Chart = echarts.ECharts;

export const FONT =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif';

/// What chance, or perfection, would be.
export function diagonal(id: string, theme: Theme) {
  return {
    id,
    type: "line" as const,
    data: [
      [0, 0],
      [1, 1],
    ],
    symbol: "none",
    silent: true,
    lineStyle: { color: theme.faint, width: 1, type: "dotted" as const },
  };
}

export function shared(theme: Theme): Option {
  return {
    animation: false,
    backgroundColor: "transparent",
    textStyle: { fontFamily: FONT, color: theme.ink, fontSize: 12 },
    tooltip: {
      confine: true,
      backgroundColor: theme.page,
      borderColor: theme.line,
      borderWidth: 1,
      padding: [6, 10],
      textStyle: { color: theme.ink, fontFamily: FONT, fontSize: 13 },
      extraCssText: "box-shadow: 0 2px 8px rgb(0 0 0 / 18%); max-width: 22rem; white-space: normal;",
    },
    legend: {
      top: 0,
      left: 0,
      itemGap: 16,
      itemWidth: 24,
      textStyle: { color: theme.ink, fontFamily: FONT, fontSize: 12 },
      // Data may be named like a pattern of a formatter: only a function takes it as it is.
      formatter: (name: string) => shortened(name, 40),
      inactiveColor: theme.line,
    },
  };
}

export function axis(theme: Theme, name: string, more: object = {}): object {
  return {
    name,
    nameLocation: "middle",
    nameGap: 26,
    nameTextStyle: { color: theme.faint, fontFamily: FONT, fontSize: 12 },
    axisLine: { lineStyle: { color: theme.line } },
    axisTick: { lineStyle: { color: theme.line } },
    axisLabel: { color: theme.faint, fontFamily: FONT, hideOverlap: true },
    splitLine: { lineStyle: { color: theme.line, opacity: 0.6 } },
    ...more,
  };
}

export function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/// What a tooltip shows, as elements: no text in it can become markup.
export function tip(title: string, ...lines: [string, string][]): HTMLElement {
  const element = h("div", { class: "tip" }, h("strong", {}, title));
  for (const [name, value] of lines) append(element, h("div", {}, name, name ? ": " : "", value));
  return element;
}
