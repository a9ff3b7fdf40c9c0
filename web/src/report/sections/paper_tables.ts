// Tables 1 to 3 of the paper from comparison.json: honest figures, the paper's way, and what was published.
import { h, type Child } from "../../common/dom";
import { DASH, interval, megabytes, score, seconds, significant } from "../../common/format";
import { at, list_at, text_at, type Json, type Part } from "../document";
import { rows_of, table, type Column } from "../table";

const number = (name: string): Column => ({ name, number: true });
const who = (row: Json) => [text_at(row, "approach"), text_at(row, "inputs"), text_at(row, "classifier")];
const WHO = ["approach", "sees", "classifier"];

const known = (row: Json, key: string) => at(row, key) !== undefined && at(row, key) !== null;

function epochs(row: Json): string {
  const all = list_at(row, "honest", "epochs");
  return all.length ? all.map(String).join(", ") : text_at(row, "honest", "chosen") || DASH;
}

function table_1(rows: Json[]): HTMLElement {
  return table(
    rows_of(
      "Table 1: accuracy, macro F1 and epoch",
      [
        ...WHO,
        number("accuracy"),
        number("95 % interval"),
        number("macro F1"),
        number("95 % interval"),
        { name: "epoch, or what was chosen", words: true },
      ],
      rows.map((row) => [
        ...who(row),
        score(at(row, "honest", "accuracy", "value")),
        interval(at(row, "honest", "accuracy", "interval")),
        score(at(row, "honest", "macro_f1", "value")),
        interval(at(row, "honest", "macro_f1", "interval")),
        epochs(row),
      ]),
    ),
  );
}

/// Beside each other, since one is only good for being held against the other.
function paper_way(rows: Json[]): Child {
  const some = rows.filter((row) => known(row, "paper_way") || known(row, "published"));
  if (some.length === 0) return null;
  return table(
    rows_of(
      "Table 1, the paper’s way: split by row, each figure the best of all test epochs; optimistic, to be held against published figures only",
      [
        ...WHO,
        number("accuracy"),
        number("epoch"),
        number("macro F1"),
        number("epoch"),
        number("published accuracy"),
        number("published F1"),
        number("published epoch"),
      ],
      some.map((row) => [
        ...who(row),
        score(at(row, "paper_way", "accuracy", "value")),
        text_at(row, "paper_way", "accuracy", "epoch") || DASH,
        score(at(row, "paper_way", "macro_f1", "value")),
        text_at(row, "paper_way", "macro_f1", "epoch") || DASH,
        score(at(row, "published", "accuracy")),
        score(at(row, "published", "macro_f1")),
        text_at(row, "published", "epoch") || DASH,
      ]),
    ),
  );
}

function table_2(rows: Json[]): HTMLElement {
  return table(
    rows_of(
      "Table 2: megabytes (2^20 bytes) of model and data in each epoch by the paper’s formula; peak memory as measured",
      [
        ...WHO,
        number("model"),
        number("training rows"),
        number("test rows"),
        number("peak, training"),
        number("peak, embedding"),
        number("published model"),
      ],
      rows.map((row) => [
        ...who(row),
        megabytes(at(row, "cost", "model_bytes")),
        megabytes(at(row, "cost", "train_bytes_per_epoch")),
        megabytes(at(row, "cost", "test_bytes_per_epoch")),
        megabytes(at(row, "cost", "peak_memory_bytes", "training")),
        megabytes(at(row, "cost", "peak_memory_bytes", "embedding")),
        significant(at(row, "published", "model_megabytes")),
      ]),
    ),
  );
}

function table_3(rows: Json[]): HTMLElement {
  return table(
    rows_of(
      "Table 3: seconds of an epoch as the paper measures them, and the whole with embedding",
      [
        ...WHO,
        number("training epoch"),
        number("inference epoch"),
        number("embedding, once"),
        number("all epochs"),
        number("the whole"),
        number("joules"),
        number("published training"),
        number("published inference"),
      ],
      rows.map((row) => [
        ...who(row),
        seconds(at(row, "cost", "seconds_per_epoch", "train")),
        seconds(at(row, "cost", "seconds_per_epoch", "inference")),
        seconds(at(row, "cost", "whole", "once_seconds")),
        seconds(at(row, "cost", "whole", "train_seconds")),
        seconds(at(row, "cost", "whole", "seconds")) + (at(row, "cost", "extrapolated") === true ? " *" : ""),
        significant(at(row, "cost", "whole", "energy_joules")),
        seconds(at(row, "published", "train_seconds_per_epoch")),
        seconds(at(row, "published", "inference_seconds_per_epoch")),
      ]),
    ),
  );
}

export function paper_tables(part: Part): Child {
  const rows = list_at(part.metrics, "rows");
  if (rows.length === 0) return null;
  const cost = rows.filter((row) => at(row, "cost") !== null && at(row, "cost") !== undefined);
  const why = rows.map((row) => text_at(row, "honest", "why_no_interval")).find(Boolean);
  const break_even = list_at(part.metrics, "break_even");
  const machine = text_at(part.metrics, "machine", "processor");
  return [
    h(
      "p",
      { class: "faint" },
      `Protocol ${text_at(part.metrics, "protocol")}, means over ${text_at(part.metrics, "seeds")} seeds. `,
      why ? `No interval: ${why}` : "",
    ),
    table_1(rows),
    paper_way(rows),
    cost.length ? [table_2(cost), table_3(cost)] : null,
    cost.some((row) => at(row, "cost", "extrapolated") === true)
      ? h("p", { class: "faint" }, "* extrapolated from the share of the training that was measured")
      : null,
    break_even.length
      ? table(
          rows_of(
            "When embedding has paid",
            ["embeddings", "against", "classifier", number("epochs"), number("trainings")],
            break_even.map((one) => [
              text_at(one, "embeddings"),
              text_at(one, "against"),
              text_at(one, "classifier"),
              significant(at(one, "epochs")),
              significant(at(one, "trainings")),
            ]),
          ),
        )
      : null,
    machine
      ? h(
          "p",
          { class: "faint" },
          `Measured on ${machine}, ${text_at(part.metrics, "machine", "threads")} threads.`,
        )
      : null,
  ];
}
