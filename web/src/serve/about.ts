// What the bundle is, and what the server takes.
import { h, type Child } from "../common/dom";
import { count, file_size, plural } from "../common/format";
import type { Bundle } from "./api";

function training_text(bundle: Bundle): string | null {
  const training = bundle.training;
  if (!training || training.rows === undefined) return null;
  return `${plural(training.rows, "row")}${training.groups === undefined ? "" : ` of ${plural(training.groups, "group")}`}`;
}

function limits_text(limits: Bundle["limits"]): string | null {
  if (!limits) return null;
  const parts = [
    limits.body_bytes === undefined ? "" : `requests of ${file_size(limits.body_bytes)}`,
    limits.pixels === undefined ? "" : `pictures of ${count(limits.pixels)} pixels`,
    limits.seconds === undefined ? "" : `${limits.seconds} s for an answer`,
  ].filter(Boolean);
  return parts.length ? `At most ${parts.join(", ")}.` : null;
}

export function about(bundle: Bundle): HTMLElement {
  const rows: [string, Child][] = [];
  for (const label of bundle.labels)
    rows.push([
      label.label,
      `${(label.order ?? label.classes).join(", ")}${label.calibrated ? "" : "; not calibrated"}`,
    ]);
  const training = training_text(bundle);
  if (training) rows.push(["Trained on", training]);
  if (bundle.image) rows.push(["Image encoder", bundle.image.encoder]);
  if (bundle.text) rows.push(["Text encoder", bundle.text.encoder]);
  const limits = limits_text(bundle.limits);
  if (limits) rows.push(["Limits", limits]);
  rows.push(["Kept", "Nothing: pictures and texts are neither stored nor logged."]);
  return h(
    "details",
    { class: "about" },
    h("summary", {}, "About this bundle and server"),
    h(
      "dl",
      {},
      rows.map(([name, text]) => [h("dt", {}, name), h("dd", {}, text)]),
    ),
    bundle.card ? [h("h2", {}, "Model card"), h("pre", { class: "card" }, bundle.card)] : null,
  );
}
