// A report's document with made-up numbers, for tests: as many rows as wanted, names that try to be markup.
import type { Fields, Json, Part, ReportDocument, Result } from "../src/report/document";
import { HOSTILE } from "./hostile";
import { geometry, vectors, type Wanted } from "./made_geometry";

const around = (value: number) => [value - 0.04, value + 0.03];

function scores(classes: string[], accuracy: number): Fields {
  const per_class: { [name: string]: Json } = {};
  const intervals_per_class: { [name: string]: Json } = {};
  classes.forEach((name, k) => {
    per_class[name] = {
      precision: 0.7,
      recall: 0.8,
      f1: 0.75,
      auc: 0.9 - k / 100,
      average_precision: 0.8,
      support: 20 + k,
    };
    intervals_per_class[name] = {
      precision: [0.6, 0.8],
      recall: [0.7, 0.9],
      f1: [0.65, 0.85],
      auc: [0.85, 0.95],
    };
  });
  return {
    accuracy,
    macro_f1: accuracy - 0.02,
    auc: accuracy + 0.1,
    rows: 120,
    per_class,
    confusion: classes.map((_, t) => classes.map((_, p) => (t === p ? 20 : 3))),
    intervals: {
      level: 0.95,
      method: "cluster bootstrap",
      groups: 62,
      accuracy: around(accuracy),
      macro_f1: around(accuracy - 0.02),
      auc: around(accuracy + 0.1),
      per_class: intervals_per_class,
    },
  };
}

function train(name: string, classes: string[], accuracy: number): Part {
  return {
    name,
    path: name,
    kind: "train",
    metrics: {
      puente: "0.1.0",
      task: { type: "multi-class", label: "dx", classes },
      protocol: "holdout",
      cautions: ["untrained encoder: its weights are random numbers; nothing here says anything about CLIP"],
      align: "shift:0.5",
      fusion: { kind: "early" },
      split: { test: { rows: 120, groups: 62 } },
      epochs: Array.from({ length: 12 }, (_, i) => ({
        epoch: i + 1,
        train_loss: 1.2 / (i + 1),
        validation: { accuracy: 0.6, macro_f1: 0.5 + i / 40, auc: 0.8, loss: 1.3 - i / 20 },
        train_seconds: 0.01,
      })),
      chosen: { epoch: 9, rule: "best validation macro F1" },
      test: scores(classes, accuracy) as Json,
      assessment: {
        calibration: {
          brier: 0.3,
          expected_error: 0.05,
          bins: Array.from({ length: 10 }, (_, i) => ({
            lower: i / 10,
            upper: (i + 1) / 10,
            rows: i < 3 ? 0 : 10 * i,
            mean_confidence: i < 3 ? null : i / 10 + 0.05,
            share_correct: i < 3 ? null : i / 10,
          })),
        },
        operating_points: [
          {
            class: classes[0]!,
            wished: { sensitivity: 0.9 },
            threshold: 0.2,
            test: {
              sensitivity: 0.88,
              specificity: 0.7,
              positive_predictive_value: 0.5,
              negative_predictive_value: 0.95,
            },
          },
        ],
        subgroups: [
          {
            column: HOSTILE[0]!,
            subgroups: [
              { name: "female", rows: 60, scores: scores(classes, 0.8) as Json },
              { name: HOSTILE[1]!, suppressed: "under 10 rows" },
            ],
          },
        ],
      },
      seconds: { embed: 12, train_per_epoch: 0.01, inference_per_epoch: 0.001, total: 3 },
      bytes: { model: 500000, peak_memory: 30000000 },
      options: { epochs: 12, seed: 0 },
      tables: [{ table: "t.csv", sha256: { "t.csv": "ab".repeat(32) }, embedding: { untrained: true } }],
    },
    curves: {
      rows: "test",
      classes: classes.map((one) => ({
        name: one,
        roc: [
          [0, 0, null],
          [0.1, 0.7, 0.8],
          [0.3, 0.9, 0.4],
          [1, 1, 0],
        ],
        precision_recall: [
          [0, 1, null],
          [0.8, 0.7, 0.5],
          [1, 0.3, 0],
        ],
        auc: 0.9,
        average_precision: 0.8,
      })),
    },
  };
}

function sweep(): Part {
  const means: Json[] = [];
  for (const fusion of ["early", "late"])
    for (let lambda = -10; lambda <= 10; ++lambda)
      means.push({
        method: "shift",
        align: `shift:${lambda / 10}`,
        lambda: lambda / 10,
        fusion,
        validation: { macro_f1: 0.7 },
        test: {
          accuracy: 0.8 + lambda / 200,
          macro_f1: 0.75 + lambda / 300,
          macro_f1_sd: 0.02,
          auc: 0.9,
          macro_f1_interval: [0.7 + lambda / 300, 0.8 + lambda / 300],
        },
      });
  return {
    name: "sweep",
    path: "sweep",
    kind: "sweep",
    metrics: {
      sweep: { intervals: "95 % over the seeds (Student's t)" },
      means,
      chosen_by: "best validation macro F1, mean over seeds",
      chosen: [{ method: "shift", lambda: 0.5, fusion: "early" }],
      verdict: {
        sentence: "Cannot tell whether alignment helps.",
        rows: 120,
        groups: 62,
        seeds: 3,
        baselines: [{ fusion: "early", align: ["centre"], macro_f1: 0.76 }],
        methods: [
          {
            method: "shift",
            fusion: "early",
            align: ["shift:0.5"],
            verdict: "cannot tell",
            macro_f1: {
              value: 0.78,
              difference: 0.02,
              interval: [-0.02, 0.06],
              p_holm: 0.5,
              smallest_that_could_show: 0.06,
            },
          },
        ],
      },
    },
  };
}

function comparison(): Part {
  const figures = (value: number) => ({ value, interval: [value - 0.05, value + 0.05] });
  return {
    name: "compare",
    path: "compare",
    kind: "comparison",
    metrics: {
      protocol: "holdout",
      seeds: 3,
      machine: { processor: HOSTILE[0]!, threads: 2 },
      rows: ["early", "late"].map((classifier) => ({
        approach: "CLIP",
        inputs: "image + text",
        classifier,
        honest: { accuracy: figures(0.78), macro_f1: figures(0.7), seeds: 3, epochs: [4, 5, 6] },
        paper_way: { accuracy: { value: 0.82, epoch: 9 }, macro_f1: { value: 0.74, epoch: 8 } },
        cost: {
          model_bytes: 525000,
          train_bytes_per_epoch: 33000000,
          test_bytes_per_epoch: 8000000,
          peak_memory_bytes: { training: 60000000, embedding: 700000000 },
          seconds_per_epoch: { train: 0.035, inference: 0.004 },
          whole: { once_seconds: 500, train_seconds: 1.1, seconds: 501.1, energy_joules: null },
          extrapolated: false,
        },
        published: {
          accuracy: 0.818,
          macro_f1: 0.715,
          epoch: 21,
          train_seconds_per_epoch: 0.65,
          inference_seconds_per_epoch: 0.2,
          model_megabytes: 0.5,
        },
      })),
    },
  };
}

export function result(wanted: Wanted): Result {
  const classes = wanted.classes ?? ["melanoma", "naevus"];
  const main = train("train", classes, 0.8);
  main.geometry = geometry(vectors(wanted.rows, 8), wanted);
  return {
    name: wanted.name ?? "ham10000",
    folder: HOSTILE[0]!,
    leaks: [
      { severity: "note", message: "a note", advice: "read it" },
      {
        severity: "error",
        check: "shared-image",
        message: `12 pictures are in training and test ${HOSTILE[0]}`,
        advice: "group them",
        rows: [1, 2],
        row_count: 12,
      },
    ],
    parts: [main, train("other", classes, 0.7), sweep(), comparison()],
    card: [
      {
        heading: "Intended use",
        source: "TRIPOD+AI 3a",
        entries: [
          { item: "Clinical question", text: null },
          { item: "Outcome", text: HOSTILE[1]! },
        ],
      },
    ],
    again: [`puente train t.csv --label dx ${HOSTILE[1]}`],
  };
}

export function made_document(...wanted: Wanted[]): ReportDocument {
  return {
    format: "puente report",
    version: 1,
    puente: "0.1.0",
    title: wanted.length > 1 ? "Two data sets" : "A made-up result",
    results: wanted.map(result),
  };
}

/// As `puente report` puts a document into the page: no '<' in it can end its script.
export function with_document(page: string, document: ReportDocument): string {
  const text = JSON.stringify(document).replace(/</g, "\\u003c");
  return page.replace(
    /(<script id="puente-report" type="application\/json">)null(?=<\/script>)/,
    (_, tag) => tag + text,
  );
}
