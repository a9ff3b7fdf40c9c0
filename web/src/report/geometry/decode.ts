// geometry.json as arrays: the two modalities of a table in three joint components, N rows.
import type { Geometry } from "../document";

export interface Half {
  /// [N, 3] row by row: P^T u of each vector u of length one.
  components: Float32Array;
  /// [N]: u . g, along the gap g between the two means.
  along_gap: Float32Array;
}

export interface Points {
  rows: number;
  image: Half;
  text: Half;
  /// P^T of the mean that PCA takes away, P^T g, and g . g.
  center: number[];
  gap: number[];
  gap_squared: number;
  classes: string[];
  class_of_row: Uint16Array;
  /// 0 training, 1 validation, 2 test, 3 unused
  part: Uint8Array;
  names: string[];
}

export const PARTS = ["training", "validation", "test", "not used"];

export function bytes_of(base64: string): Uint8Array {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/// Little-endian whole numbers of 16 bits, whatever this machine's order is.
function words(base64: string, count: number, is_signed: boolean): number[] {
  const bytes = bytes_of(base64);
  if (bytes.length !== 2 * count)
    throw new Error(`geometry: ${bytes.length} bytes where ${2 * count} belong`);
  const view = new DataView(bytes.buffer);
  const result = new Array<number>(count);
  for (let i = 0; i < count; ++i)
    result[i] = is_signed ? view.getInt16(2 * i, true) : view.getUint16(2 * i, true);
  return result;
}

function scaled(base64: string, count: number, scale: number): Float32Array {
  return Float32Array.from(words(base64, count, true), (value) => value * scale);
}

export function decode(geometry: Geometry): Points {
  const rows = geometry.rows;
  const half = (one: Geometry["image"]): Half => ({
    components: scaled(one.components, 3 * rows, geometry.scale),
    along_gap: scaled(one.along_gap, rows, geometry.scale),
  });
  return {
    rows,
    image: half(geometry.image),
    text: half(geometry.text),
    center: geometry.center,
    gap: geometry.gap.components,
    gap_squared: geometry.gap.squared,
    classes: geometry.label.classes,
    class_of_row: Uint16Array.from(words(geometry.label.of_row, rows, false)),
    part: bytes_of(geometry.part),
    names: geometry.name,
  };
}
