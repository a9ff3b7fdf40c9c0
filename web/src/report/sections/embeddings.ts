// Figures 2 and 3 of the paper with one slider: where the embeddings of both modalities lie, before and after the shift.
import { h, replace, unique } from "../../common/dom";
import { count, percent, score, significant } from "../../common/format";
import type { Geometry } from "../document";
import { circle_option } from "../figures/circle";
import { MOST_MOVING, ShiftedOnce, cloud_height, hit_of, type Hit } from "../figures/cloud";
import type { Chart, Option } from "../figures/charts";
import { figure, type Figure } from "../figures/frame";
import type { ColourBy } from "../figures/groups";
import { lambda_text } from "../figures/lambda";
import { sphere_option, type SphereState } from "../figures/sphere";
import { decode, PARTS } from "../geometry/decode";
import { picture_reference } from "../geometry/picture";
import { turned_by } from "../geometry/rotate";
import type { TableData } from "../table";

const KEY_TURN = Math.PI / 24;

/// What is known of a point, and its picture where the file is there.
function row_panel(geometry: Geometry, state: SphereState): { element: HTMLElement; show(hit: Hit): void } {
  const element = h("div", { class: "row-panel", role: "status", hidden: true });
  const show = ({ row, which }: Hit) => {
    const name = state.points.names[row] ?? `row ${row + 1}`;
    const words = h(
      "p",
      {},
      `${which} of class ${state.points.classes[state.points.class_of_row[row]!] ?? "–"}, ${PARTS[state.points.part[row]!] ?? ""} row`,
    );
    const close = h("button", { type: "button", onclick: () => (element.hidden = true) }, "Close");
    // Only a report that was opened as a file shows files.
    const reference = location.protocol === "file:" ? picture_reference(geometry.images, name) : null;
    const missing = h("p", { class: "faint" }, "Its picture is not in a folder beside this report.");
    missing.hidden = reference !== null;
    const picture = h("img", { alt: `picture of ${name}`, hidden: true });
    if (reference !== null) {
      picture.addEventListener("load", () => (picture.hidden = false));
      picture.addEventListener("error", () => (missing.hidden = false));
      picture.src = reference;
    }
    replace(element, picture, h("div", {}, h("strong", {}, name), words, missing, close));
    element.hidden = false;
  };
  return { element, show };
}

export interface Marks {
  /// Lambdas that a sweep chose, with words.
  lambdas: { lambda: number; name: string }[];
}

export function embeddings(geometry: Geometry, marks: Marks): { element: HTMLElement } {
  const points = decode(geometry);
  const state: SphereState = {
    points,
    lambda: marks.lambdas[0]?.lambda ?? 0.5,
    colour_by: "modality",
    on_circle: true,
    step: 1,
    view: { turn: 0.15, tilt: 0.35 },
  };
  const shifts = new ShiftedOnce(points);
  const panel = row_panel(geometry, state);
  const figures: Figure[] = [];
  const update = () => figures.forEach((one) => one.update());
  let settled = 0;
  /// Draws while something moves, and everything once it has stopped.
  const moving = (draw: () => void) => {
    state.step = Math.ceil(points.rows / MOST_MOVING);
    draw();
    clearTimeout(settled);
    if (state.step > 1)
      settled = window.setTimeout(() => {
        state.step = 1;
        draw();
      }, 250);
  };

  const said = h("output", { class: "lambda", "aria-live": "polite" });
  const slider_id = unique("lambda");
  const slider = h("input", {
    id: slider_id,
    type: "range",
    min: -1,
    max: 1,
    step: 0.01,
    value: state.lambda,
    oninput: () => set(Number(slider.value)),
  });
  let asked = 0;
  const set = (lambda: number) => {
    state.lambda = lambda;
    slider.value = String(lambda);
    slider.setAttribute("aria-valuetext", lambda_text(lambda));
    replace(said, lambda_text(lambda), measured(lambda));
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(() => moving(update));
  };
  /// The gap that was measured at this lambda, where the results have it.
  const measured = (lambda: number): string => {
    const found = geometry.gap_after?.find(([at]) => Math.abs(at! - lambda) < 1e-6);
    return found ? `, gap ${score(found[1])}` : "";
  };

  const choices = <Value extends string>(
    name: string,
    all: [Value, string][],
    chosen: (value: Value) => void,
  ) => {
    const select = h(
      "select",
      { onchange: () => chosen(select.value as Value) },
      all.map(([value, text]) => h("option", { value }, text)),
    );
    return h("label", {}, `${name} `, select);
  };
  const controls = h(
    "div",
    { class: "controls sticky" },
    h("label", { for: slider_id }, "Shift λ"),
    slider,
    said,
    h("button", { type: "button", onclick: () => set(0) }, "0"),
    marks.lambdas.map((mark) =>
      h(
        "button",
        { type: "button", onclick: () => set(mark.lambda) },
        `${score(mark.lambda, 2)} ${mark.name}`,
      ),
    ),
    choices<ColourBy>(
      "Colour",
      [
        ["modality", "modality"],
        ["class", geometry.label.column || "class"],
        ["part", "part of the split"],
      ],
      (value) => {
        state.colour_by = value;
        update();
      },
    ),
    choices(
      "Points",
      [
        ["circle", "on the unit circle"],
        ["plane", "as projected"],
      ],
      (value) => {
        state.on_circle = value === "circle";
        update();
      },
    ),
  );

  const coordinates = (caption: string, dimensions: 2 | 3): TableData => ({
    caption,
    columns: [
      "row",
      "class",
      "part",
      ...["image", "text"].flatMap((which) =>
        Array.from({ length: dimensions }, (_, d) => ({ name: `${which} ${d + 1}`, number: true })),
      ),
      "picture",
    ],
    length: points.rows,
    row(row) {
      const numbers = (["image", "text"] as const).flatMap((which) => {
        const all = shifts.of(which, state.lambda);
        return Array.from({ length: dimensions }, (_, d) => score(all[3 * row + d]));
      });
      return [
        points.names[row] ?? String(row + 1),
        points.classes[points.class_of_row[row]!] ?? "–",
        PARTS[points.part[row]!] ?? "–",
        ...numbers,
        h("button", { type: "button", onclick: () => panel.show({ row, which: "image" }) }, "Show"),
      ];
    },
  });

  const click = (option: () => Option) => (chart: Chart) =>
    chart.on("click", (event) => {
      const hit = hit_of(option(), event.seriesId, event.dataIndex);
      if (hit) panel.show(hit);
    });

  const share = geometry.variance_share;
  const facts = `${count(points.rows)} rows${geometry.sampled_of ? ` drawn from ${count(geometry.sampled_of)}` : ""}, axes fitted on ${geometry.fitted_on}`;
  let circle_drawn: Option = {};
  const circle = figure({
    title: "Both modalities in two joint components (figure 2)",
    file: "embeddings-circle",
    canvas: true,
    summary: `Scatter of image and text embeddings before and after the shift. ${facts}. The gap between the means is ${significant(geometry.gap.norm)}.`,
    caption: `${facts}; the two components hold ${percent(share[0])} and ${percent(share[1])} of the variance. Gap between the means of image and text: ${score(geometry.gap.norm)}. A click on a point shows its picture.`,
    height: (width) => cloud_height(state, width),
    option: (colours, width) => (circle_drawn = circle_option(state, shifts, colours, width)),
    table: () => coordinates("Joint components of each row, at the lambda of the slider", 2),
  });
  circle.with_chart((chart) => click(() => circle_drawn)(chart));

  const turn = (around: number, tilt: number) => {
    state.view = turned_by(state.view, around, tilt);
    moving(sphere.update);
  };
  let sphere_drawn: Option = {};
  const sphere = figure({
    title: "Both modalities on the sphere (figure 3)",
    file: "embeddings-sphere",
    canvas: true,
    summary: `Image and text embeddings in three joint components, divided by their length, before and after the shift. ${facts}.`,
    interactive: {
      label: "Two spheres; arrow keys turn them, Home sets them back.",
      key(event) {
        const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
        if (event.key === "Home") {
          state.view = { turn: 0.15, tilt: 0.35 };
          turn(0, 0);
          return true;
        }
        if (!by) return false;
        turn(by[0]! * KEY_TURN, by[1]! * KEY_TURN);
        return true;
      },
    },
    caption: `Three components hold ${percent(share[0]! + share[1]! + share[2]!)} of the variance. Drag, or use the arrow keys, to turn. Points on the far side are faint.`,
    height: (width) => cloud_height(state, width),
    option: (colours, width) => (sphere_drawn = sphere_option(state, shifts, colours, width)),
    table: () => coordinates("Joint components of each row, at the lambda of the slider", 3),
  });
  sphere.with_chart((chart, place) => {
    click(() => sphere_drawn)(chart);
    let from: { x: number; y: number } | null = null;
    let frame = 0;
    let by = { x: 0, y: 0 };
    place.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "touch") return;
      from = { x: event.clientX, y: event.clientY };
    });
    addEventListener("pointerup", () => (from = null));
    addEventListener("pointermove", (event) => {
      if (!from) return;
      by = { x: by.x + event.clientX - from.x, y: by.y + event.clientY - from.y };
      from = { x: event.clientX, y: event.clientY };
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => {
        turn(by.x * 0.008, by.y * 0.008);
        by = { x: 0, y: 0 };
      });
    });
    // A finger turns sideways; up and down it scrolls the page.
    let finger = 0;
    place.addEventListener("touchstart", (event) => (finger = event.touches[0]!.clientX), { passive: true });
    place.addEventListener(
      "touchmove",
      (event) => {
        const x = event.touches[0]!.clientX;
        turn((x - finger) * 0.01, 0);
        finger = x;
      },
      { passive: true },
    );
  });
  figures.push(circle, sphere);
  set(state.lambda);
  return {
    element: h("div", { class: "embeddings" }, controls, circle.element, sphere.element, panel.element),
  };
}
