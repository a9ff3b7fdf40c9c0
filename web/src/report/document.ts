// The document inside a report, as src/report writes it. Most of it is metrics.json and its like, verbatim; of those the
// page reads what it knows and leaves out what is not there, so that older and newer results can be shown.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Fields = { [key: string]: Json | undefined };

export interface Finding {
  severity: string;
  check?: string;
  message?: string;
  what?: string;
  advice?: string;
  row_count?: number;
  rows?: number[];
  /// The parts that have it, where not all audited ones do.
  in?: string[];
}

export interface CurvesOfClass {
  name: string;
  roc: [number, number, number | null][];
  precision_recall: [number, number, number | null][];
  auc?: number | null;
  average_precision?: number | null;
  thinned?: boolean;
}

export interface Curves {
  rows?: string;
  classes: CurvesOfClass[];
}

export interface Geometry {
  rows: number;
  sampled_of?: number | null;
  fitted_on: string;
  dimension: number;
  variance_share: number[];
  center: number[];
  gap: { components: number[]; squared: number; norm: number };
  scale: number;
  image: { components: string; along_gap: string };
  text: { components: string; along_gap: string };
  label: { column: string; classes: string[]; of_row: string };
  part: string;
  name: string[];
  images: string | null;
  /// [lambda, norm of the gap between the shifted means, ...]
  gap_after?: number[][];
}

export type Kind =
  | "train"
  | "finetune"
  | "sweep"
  | "cross_validation"
  | "baselines"
  | "evaluate"
  | "comparison"
  | "study"
  | "audit"
  | "embed";

export interface Part {
  name: string;
  path: string;
  kind: Kind;
  metrics: Fields;
  curves?: Curves;
  geometry?: Geometry;
  /// The part that has the same geometry.
  geometry_of?: string;
  tables?: { [name: string]: Json[][] };
}

export interface CardHeading {
  heading: string;
  source?: string;
  entries: { item: string; text: string | null }[];
}

export interface Result {
  name: string;
  folder: string;
  leaks?: Finding[];
  parts: Part[];
  card?: CardHeading[];
  again?: string[];
}

export interface ReportDocument {
  format: string;
  version: number;
  puente: string;
  title: string;
  results: Result[];
}

/// The document in the page; null in a page without one. Throws with words for people where it is another format.
export function read_document(text: string): ReportDocument | null {
  const document = JSON.parse(text) as ReportDocument | null;
  if (document === null) return null;
  if (document.format !== "puente report" || !Array.isArray(document.results))
    throw new Error("This file's data are not those of a puente report.");
  if (document.version !== 1)
    throw new Error(`This report has format ${document.version}; this page reads format 1.`);
  return document;
}

/// at(x, "test", "intervals", "auc"): what is there, or undefined. Own fields only: a class may be named "constructor".
export function at(value: unknown, ...path: (string | number)[]): Json | undefined {
  let here: unknown = value;
  for (const key of path) {
    if (here === null || typeof here !== "object" || !Object.prototype.hasOwnProperty.call(here, key))
      return undefined;
    here = (here as Record<string | number, unknown>)[key];
  }
  return here as Json | undefined;
}

export function text_at(value: unknown, ...path: (string | number)[]): string {
  const found = at(value, ...path);
  return typeof found === "string" || typeof found === "number" ? String(found) : "";
}

export function list_at(value: unknown, ...path: (string | number)[]): Json[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

export function number_at(value: unknown, ...path: (string | number)[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === "number" ? found : undefined;
}

export function names_at(value: unknown, ...path: (string | number)[]): string[] {
  return list_at(value, ...path).map(String);
}

/// What was predicted: "diagnosis: keratosis, melanoma, ..." and the like.
export function classes_of(part: Part): string[] {
  return names_at(part.metrics, "task", "classes");
}
