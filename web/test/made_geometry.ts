// Made-up embeddings of both modalities, whole and as geometry.json has them.
import type { Geometry } from "../src/report/document";
import { HOSTILE } from "./hostile";

export interface Wanted {
  rows: number;
  classes?: string[];
  images?: string | null;
  name?: string;
}

/// Of 32 bits, the same everywhere (mulberry32).
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function normal(next: () => number): number {
  return Math.sqrt(-2 * Math.log(next() || 1e-12)) * Math.cos(2 * Math.PI * next());
}

/// Vectors of length one in `dimension` dimensions around two means, in this basis' first three components.
export interface Vectors {
  image: number[][];
  text: number[][];
  mean: number[];
  gap: number[];
}

export function vectors(rows: number, dimension: number, seed = 7): Vectors {
  const next = random(seed);
  const draw = (sign: number) => {
    const vector = Array.from({ length: dimension }, (_, d) => (d === 0 ? sign : 0) + 0.35 * normal(next));
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  };
  const image = Array.from({ length: rows }, () => draw(0.7));
  const text = Array.from({ length: rows }, () => draw(-0.7));
  const mean_of = (all: number[][]) =>
    Array.from({ length: dimension }, (_, d) => all.reduce((sum, one) => sum + one[d]!, 0) / all.length);
  const mean_image = mean_of(image);
  const mean_text = mean_of(text);
  return {
    image,
    text,
    mean: mean_image.map((value, d) => (value + mean_text[d]!) / 2),
    gap: mean_image.map((value, d) => value - mean_text[d]!),
  };
}

const base64 = (array: Int16Array | Uint16Array | Uint8Array) =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64");

const dot = (a: number[], b: number[]) => a.reduce((sum, value, d) => sum + value * b[d]!, 0);

export function geometry(of: Vectors, wanted: Wanted): Geometry {
  const classes = wanted.classes ?? ["melanoma", "naevus"];
  const half = (all: number[][]) => ({
    components: all.flatMap((one) => one.slice(0, 3)),
    along_gap: all.map((one) => dot(one, of.gap)),
  });
  const image = half(of.image);
  const text = half(of.text);
  let most = 0;
  for (const list of [image.components, image.along_gap, text.components, text.along_gap])
    for (const value of list) most = Math.max(most, Math.abs(value));
  const scale = most / 32767;
  const packed = (list: number[]) => base64(Int16Array.from(list, (value) => Math.round(value / scale)));
  const pack = (one: typeof image) => ({
    components: packed(one.components),
    along_gap: packed(one.along_gap),
  });
  return {
    rows: of.image.length,
    fitted_on: "training rows",
    dimension: of.mean.length,
    variance_share: [0.61, 0.12, 0.05],
    center: of.mean.slice(0, 3),
    gap: {
      components: of.gap.slice(0, 3),
      squared: dot(of.gap, of.gap),
      norm: Math.sqrt(dot(of.gap, of.gap)),
    },
    scale,
    image: pack(image),
    text: pack(text),
    label: {
      column: "dx",
      classes,
      of_row: base64(Uint16Array.from(of.image, (_, row) => row % classes.length)),
    },
    part: base64(Uint8Array.from(of.image, (_, row) => (row % 5 === 4 ? 2 : row % 5 === 3 ? 1 : 0))),
    name: of.image.map((_, row) => (row === 0 ? HOSTILE[0]! : `ISIC_${String(row).padStart(7, "0")}.jpg`)),
    images: wanted.images === undefined ? "images" : wanted.images,
    gap_after: [
      [0, 1.2],
      [0.5, 0.7],
    ],
  };
}
