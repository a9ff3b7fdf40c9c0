// A prediction, for people: probabilities, what the operating points say, each half alone, the nearest training cases.
import { h, type Child } from "../common/dom";
import { DASH, percent, score } from "../common/format";
import type { Bundle, LabelInfo, LabelPrediction, Prediction } from "./api";

const own = (object: Record<string, number> | undefined, name: string): number | undefined =>
  object && Object.prototype.hasOwnProperty.call(object, name) ? object[name] : undefined;

/// Grades keep their order; other classes come by probability.
function ordered(prediction: LabelPrediction, info: LabelInfo | undefined): string[] {
  const names = Object.keys(prediction.probabilities);
  if (info?.order) return info.order.filter((name) => names.includes(name));
  return names.sort((a, b) => prediction.probabilities[b]! - prediction.probabilities[a]!);
}

function bars(prediction: LabelPrediction, info: LabelInfo | undefined): HTMLElement {
  const thresholds = new Map(
    (prediction.operating_points ?? []).map((point) => [point.class, point.threshold]),
  );
  return h(
    "ul",
    { class: "bars" },
    ordered(prediction, info).map((name) => {
      const value = prediction.probabilities[name]!;
      const bar = h("div", { class: "bar" });
      bar.style.width = `${Math.max(0, Math.min(100, 100 * value))}%`;
      const track = h("div", { class: "track", "aria-hidden": "true" }, bar);
      const threshold = thresholds.get(name);
      if (typeof threshold === "number") {
        const mark = h("div", { class: "threshold" });
        mark.style.left = `${100 * threshold}%`;
        track.append(mark);
      }
      return h(
        "li",
        { class: name === prediction.predicted ? "predicted" : null },
        h("span", { class: "name" }, name),
        track,
        h("span", { class: "share" }, percent(value)),
      );
    }),
  );
}

/// What a threshold did on the validation rows.
const DONE: Record<string, (share: string, name: string) => string> = {
  sensitivity: (share, name) => `found ${share} of ${name}`,
  specificity: (share, name) => `left out ${share} of what is not ${name}`,
};

/// "keratosis: flagged. 12.0 % reaches the threshold of 6.5 %, which found 90.1 % of keratosis on validation rows (wished:
/// sensitivity 90 %)."
export function point_text(
  point: NonNullable<LabelPrediction["operating_points"]>[number],
  probability: number | undefined,
  info: LabelInfo | undefined,
): string {
  const wish = `${point.wish.replace(/_/g, " ")} ${percent(point.wished, 0)}`;
  if (point.threshold === null) return `${point.class}: no threshold reached ${wish} on validation rows.`;
  const measured = info?.thresholds?.find(
    (one) => one.class === point.class && one.wish === point.wish && one.wished === point.wished,
  )?.validation;
  const share = (measured as Record<string, number | null> | null | undefined)?.[point.wish];
  const done = DONE[point.wish];
  const there =
    typeof share === "number" && done
      ? `, which ${done(percent(share), point.class)} on validation rows`
      : "";
  return (
    `${point.class}: ${point.reached ? "flagged" : "not flagged"}. ${percent(probability)} ` +
    `${point.reached ? "reaches" : "is below"} the threshold of ${percent(point.threshold)}${there} (wished: ${wish}).`
  );
}

function halves(prediction: LabelPrediction, info: LabelInfo | undefined): Child {
  const columns = [
    { name: "both", of: prediction as { probabilities: Record<string, number> } },
    ...(prediction.image_alone ? [{ name: "image alone", of: prediction.image_alone }] : []),
    ...(prediction.text_alone ? [{ name: "text alone", of: prediction.text_alone }] : []),
  ];
  if (columns.length < 2) return null;
  return [
    h("h3", {}, "Each half alone"),
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, "class"),
          columns.map(({ name }) => h("th", { scope: "col", class: "number" }, name)),
        ),
      ),
      h(
        "tbody",
        {},
        ordered(prediction, info).map((name) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, name),
            columns.map(({ of }) => h("td", { class: "number" }, percent(own(of.probabilities, name)))),
          ),
        ),
      ),
    ),
  ];
}

function label_result(prediction: LabelPrediction, bundle: Bundle): Child {
  const info = bundle.labels.find((one) => one.label === prediction.label);
  const points = prediction.operating_points ?? [];
  return [
    h(
      "h2",
      { class: "answer" },
      `${prediction.label}: `,
      h("strong", {}, prediction.predicted),
      ` ${percent(own(prediction.probabilities, prediction.predicted))}`,
    ),
    bars(prediction, info),
    h(
      "p",
      { class: "faint" },
      info?.calibrated
        ? "Calibrated probabilities."
        : "These probabilities are not calibrated: read them as a ranking.",
      points.length ? " The lines mark thresholds." : "",
    ),
    points.length
      ? [
          h("h3", {}, "At the operating points"),
          h(
            "ul",
            {},
            points.map((point) =>
              h("li", {}, point_text(point, own(prediction.probabilities, point.class), info)),
            ),
          ),
        ]
      : null,
    halves(prediction, info),
  ];
}

export function result(prediction: Prediction, bundle: Bundle, milliseconds: number | undefined): Child {
  const near = prediction.neighbours;
  return [
    // Those of the bundle stand above, once.
    (prediction.cautions ?? [])
      .filter((text) => !(bundle.cautions ?? []).includes(text))
      .map((text) => h("p", { class: "caution" }, text)),
    prediction.labels.map((one) => label_result(one, bundle)),
    near && near.length
      ? [
          h("h3", {}, "Nearest training cases"),
          h(
            "table",
            {},
            h(
              "thead",
              {},
              h(
                "tr",
                {},
                h("th", { scope: "col" }, "case"),
                h("th", { scope: "col" }, "its label"),
                h("th", { scope: "col", class: "number" }, "similarity"),
              ),
            ),
            h(
              "tbody",
              {},
              near.map((one) =>
                h(
                  "tr",
                  {},
                  h("th", { scope: "row" }, one.name),
                  h("td", {}, one.label || DASH),
                  h("td", { class: "number" }, score(one.similarity)),
                ),
              ),
            ),
          ),
        ]
      : null,
    prediction.text ? h("p", { class: "faint" }, "Text as it was read: ", h("q", {}, prediction.text)) : null,
    milliseconds === undefined
      ? null
      : h("p", { class: "faint" }, `${milliseconds.toFixed(0)} ms on the server.`),
  ];
}

/// The answer in one line, for the live region.
export function spoken(prediction: Prediction): string {
  return prediction.labels
    .map((one) => `${one.label}: ${one.predicted}, ${percent(own(one.probabilities, one.predicted))}`)
    .join(". ");
}
