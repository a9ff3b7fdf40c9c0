// What it took: seconds and bytes, as the results have them.
import { h, type Child } from "../../common/dom";
import { DASH, megabytes, seconds } from "../../common/format";
import { at, number_at, type Part, type Result } from "../document";
import { rows_of, table } from "../table";

function has_costs(part: Part): boolean {
  return at(part.metrics, "seconds") !== undefined || at(part.metrics, "bytes") !== undefined;
}

function words(names: [string, string][], values: unknown, text: (value: unknown) => string): string {
  return names
    .filter(([key]) => number_at(values, key) !== undefined)
    .map(([key, name]) => `${name} ${text(at(values, key))}`)
    .join(", ");
}

export function costs(result: Result): Child {
  const parts = result.parts.filter(has_costs);
  if (parts.length === 0) return null;
  const mb = (value: unknown) => (megabytes(value) === DASH ? DASH : `${megabytes(value)}`);
  return [
    table(
      rows_of(
        "Seconds and megabytes (2^20 bytes) of each step",
        [
          "results",
          { name: "embedding", number: true },
          { name: "training epoch", number: true },
          { name: "inference epoch", number: true },
          { name: "the whole step", number: true },
          { name: "model MB", number: true },
          { name: "peak memory MB", number: true },
        ],
        parts.map((part) => [
          part.name,
          seconds(at(part.metrics, "seconds", "embed")),
          seconds(at(part.metrics, "seconds", "train_per_epoch")),
          seconds(at(part.metrics, "seconds", "inference_per_epoch")),
          seconds(at(part.metrics, "seconds", "total")),
          mb(at(part.metrics, "bytes", "model")),
          mb(at(part.metrics, "bytes", "peak_memory") ?? at(part.metrics, "peak_memory_bytes")),
        ]),
      ),
    ),
    parts.some((part) => number_at(part.metrics, "seconds", "embed") !== undefined)
      ? h(
          "p",
          { class: "faint" },
          "Embedding is done once for all classifiers of a table. ",
          words([["threads", "Threads:"]], at(parts[0]!.metrics, "options"), String),
        )
      : null,
  ];
}
