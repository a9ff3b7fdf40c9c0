// Figures 4 to 6: a sweep's scores against lambda.
import { type Child } from "../../common/dom";
import { list_at, number_at, text_at, type Part } from "../document";
import { figure } from "../figures/frame";
import {
  band_words,
  lambda_curves,
  lambda_height,
  lambda_option,
  lambda_table,
} from "../figures/lambda_curves";

/// The lambda that the sweep chose by validation rows, for each fusion; of a method that has one.
export function chosen_lambdas(part: Part): Map<string, number> {
  const result = new Map<string, number>();
  for (const one of list_at(part.metrics, "chosen")) {
    const lambda = number_at(one, "lambda");
    const fusion = text_at(one, "fusion");
    if (lambda !== undefined && !result.has(fusion)) result.set(fusion, lambda);
  }
  return result;
}

export function lambda_section(part: Part): Child {
  const data = lambda_curves(part);
  if (!data) return null;
  const chosen = chosen_lambdas(part);
  const rule = text_at(part.metrics, "chosen_by");
  return figure({
    title: "Scores against λ (figures 4 to 6)",
    file: "scores-against-lambda",
    summary: `Accuracy, macro F1 and AUC against lambda for ${data.curves.map((curve) => `${curve.fusion} fusion`).join(" and ")}.`,
    caption: [
      data.optimistic
        ? "Each point is the best test epoch, a mean over the seeds: optimistic. "
        : "Means over the seeds, on test rows. ",
      band_words(data),
      chosen.size ? ` Dotted: the λ chosen by ${rule.replace(/^best/, "the best")}.` : "",
    ],
    height: (width) => lambda_height(data, width),
    option: (theme, width) => lambda_option(data, chosen, theme, width),
    table: () => lambda_table(data),
  }).element;
}
