// What inspect measured of the table: how wide the gap is and how narrow the cones are.
import { h, type Child } from "../../common/dom";
import { count, percent, score, significant } from "../../common/format";
import { at, number_at, type Part } from "../document";
import { rows_of, table } from "../table";

export function measures(part: Part): Child {
  const rows = ["image", "text"].filter((which) => at(part.metrics, which) !== undefined);
  if (rows.length === 0) return null;
  const gap = at(part.metrics, "gap");
  return [
    table(
      rows_of(
        "Cone of each modality",
        [
          "modality",
          ...[
            "dimensions",
            "mean cosine of pairs",
            "variance",
            "cone angle",
            "effective rank",
            "repeated rows",
          ].map((name) => ({
            name,
            number: true,
          })),
        ],
        rows.map((which) => [
          which,
          count(at(part.metrics, which, "dim")),
          score(at(part.metrics, which, "mean_pairwise_cosine")),
          score(at(part.metrics, which, "variance"), 4),
          number_at(part.metrics, which, "cone_angle_degrees") === undefined
            ? "–"
            : `${score(at(part.metrics, which, "cone_angle_degrees"), 1)}°`,
          significant(at(part.metrics, which, "effective_rank")),
          count(at(part.metrics, which, "repeated_rows")),
        ]),
      ),
    ),
    gap
      ? h(
          "p",
          {},
          `Gap between the means of image and text: ${score(at(gap, "norm"))}. Mean cosine of an image and its own text ${score(at(gap, "mean_cosine_of_pairs"))}, of an image and any text ${score(at(gap, "mean_cosine_across"))}.`,
          number_at(part.metrics, "retrieval", "image_to_text", "recall_at", "1") === undefined
            ? ""
            : ` Its own text is the nearest for ${percent(at(part.metrics, "retrieval", "image_to_text", "recall_at", "1"))} of the images.`,
        )
      : null,
  ];
}
