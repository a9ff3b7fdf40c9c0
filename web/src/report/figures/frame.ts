// One figure: its heading, chart, words, files to keep, and the same numbers as a table. The chart is drawn when it comes
// near the screen, or for printing.
import { h, unique, type Child } from "../../common/dom";
import { on_theme_change, paper_theme, theme, type Theme } from "../../common/theme";
import { table, type TableData } from "../table";
import { echarts, type Chart, type Option } from "./charts";

export interface FigureSpec {
  title: string;
  /// For file names: "roc" becomes roc.svg.
  file: string;
  /// What a reader who does not see the chart should know.
  summary: string;
  caption?: Child;
  controls?: Child;
  height(width: number): number;
  option(theme: Theme, width: number): Option;
  table(): TableData;
  /// For charts of many points.
  canvas?: boolean;
  level?: 3 | 4;
  /// The chart can be turned or clicked: it takes the focus and keys.
  interactive?: { label: string; key(event: KeyboardEvent): boolean };
}

export interface Figure {
  element: HTMLElement;
  /// Draws again: something that option() reads has changed.
  update(): void;
  /// Runs with the chart once there is one.
  with_chart(use: (chart: Chart, place: HTMLElement) => void): void;
}

const near = new Map<Element, () => void>();
const watcher = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) if (entry.isIntersecting) near.get(entry.target)?.();
  },
  { rootMargin: "600px" },
);

const all: (() => void)[] = [];
on_theme_change(() => {
  for (const draw of all) draw();
});

function keep(name: string, blob: Blob): void {
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const EXPORT_WIDTH = 900;

export function svg_text(spec: FigureSpec): string {
  const place = document.createElement("div");
  const chart = echarts.init(place, null, {
    renderer: "svg",
    width: EXPORT_WIDTH,
    height: spec.height(EXPORT_WIDTH),
  });
  chart.setOption({ ...spec.option(paper_theme(), EXPORT_WIDTH), backgroundColor: "#ffffff" });
  // ECharts' own text of an SVG leaves quotes in attributes as they are; the browser's is well-formed whatever is in it.
  const text = new XMLSerializer().serializeToString(place.querySelector("svg")!);
  chart.dispose();
  return text;
}

export async function png_blob(spec: FigureSpec): Promise<Blob> {
  const place = document.createElement("div");
  const chart = echarts.init(place, null, {
    renderer: "canvas",
    devicePixelRatio: 2,
    width: EXPORT_WIDTH,
    height: spec.height(EXPORT_WIDTH),
  });
  chart.setOption({ ...spec.option(paper_theme(), EXPORT_WIDTH), backgroundColor: "#ffffff" });
  const canvas = chart.renderToCanvas({ pixelRatio: 2, backgroundColor: "#ffffff" });
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  chart.dispose();
  if (!blob) throw new Error("the browser made no picture of the chart");
  return blob;
}

export function figure(spec: FigureSpec): Figure {
  const waiting: ((chart: Chart, place: HTMLElement) => void)[] = [];
  const place = h("div", {
    class: "chart",
    role: spec.interactive ? "application" : "img",
    tabindex: spec.interactive ? 0 : null,
    "aria-label": spec.interactive ? `${spec.interactive.label} ${spec.summary}` : spec.summary,
    "data-figure": spec.file,
  });
  let chart: Chart | null = null;
  let width = 0;
  let seen = true;
  let late = false;
  const draw = () => {
    if (!chart) return;
    // What nobody sees waits until somebody does.
    late = !seen;
    if (late) return;
    width = place.clientWidth || width;
    if (!width) return;
    // A legend of other names can need other room.
    const height = `${spec.height(width)}px`;
    if (place.style.height !== height) {
      place.style.height = height;
      chart.resize();
    }
    chart.setOption({ ...spec.option(theme(), width) }, { notMerge: true, lazyUpdate: false });
  };
  const start = () => {
    if (chart || !place.isConnected) return;
    watcher.unobserve(place);
    near.delete(place);
    width = place.clientWidth;
    if (!width) return;
    place.style.height = `${spec.height(width)}px`;
    chart = echarts.init(place, null, { renderer: spec.canvas ? "canvas" : "svg" });
    draw();
    for (const use of waiting) use(chart, place);
    new IntersectionObserver((entries) => {
      seen = entries[entries.length - 1]!.isIntersecting;
      if (seen && late) draw();
    }).observe(place);
    new ResizeObserver(() => {
      if (!chart || place.clientWidth === width || place.clientWidth === 0) return;
      place.style.height = `${spec.height(place.clientWidth)}px`;
      chart.resize();
      draw();
    }).observe(place);
  };
  near.set(place, start);
  watcher.observe(place);
  all.push(() => {
    // Another classifier was chosen meanwhile, and this figure is gone.
    if (!place.isConnected) return;
    start();
    seen = true;
    draw();
  });
  if (spec.interactive) {
    const { key } = spec.interactive;
    place.addEventListener("keydown", (event) => {
      if (key(event)) event.preventDefault();
    });
  }

  const heading = unique("figure");
  const details = h("details", { class: "data" }, h("summary", {}, "Table"));
  const fill = () => {
    if (!details.open) return;
    while (details.childElementCount > 1) details.lastElementChild!.remove();
    details.append(table(spec.table()));
  };
  details.addEventListener("toggle", fill);
  let filling = 0;
  const refill = () => {
    clearTimeout(filling);
    filling = window.setTimeout(fill, 300);
  };
  const element = h(
    "figure",
    { "aria-labelledby": heading },
    h(spec.level === 4 ? "h4" : "h3", { id: heading }, spec.title),
    spec.controls ? h("div", { class: "controls" }, spec.controls) : null,
    place,
    spec.caption ? h("figcaption", {}, spec.caption) : null,
    h(
      "div",
      { class: "tools" },
      h(
        "button",
        {
          type: "button",
          "aria-label": `${spec.title}: save as SVG`,
          onclick: () => keep(`${spec.file}.svg`, new Blob([svg_text(spec)], { type: "image/svg+xml" })),
        },
        "SVG",
      ),
      h(
        "button",
        {
          type: "button",
          "aria-label": `${spec.title}: save as PNG`,
          onclick: () => void png_blob(spec).then((blob) => keep(`${spec.file}.png`, blob)),
        },
        "PNG",
      ),
      details,
    ),
  );
  return {
    element,
    update() {
      draw();
      refill();
    },
    with_chart(use) {
      if (chart) use(chart, place);
      else waiting.push(use);
    },
  };
}
