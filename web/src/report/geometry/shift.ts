// The shift of docs/alignment.md on points that are known by a few numbers only. With a = P^T u, s = u . g, b = P^T g:
//   image: u' = (u - L/2 g) / |u - L/2 g|,   P^T u' = (a - L/2 b) / sqrt(1 - L s + L^2/4 g.g)
//   text:  the same with + L/2 g
// This, and the drawing of it, is all that the report computes by itself.
import type { Half, Points } from "./decode";

/// P^T u' - P^T mean of one half for lambda, [N, 3].
export function shifted(points: Points, which: "image" | "text", lambda: number): Float32Array {
  const half: Half = points[which];
  const step = (which === "image" ? -lambda : lambda) / 2;
  const [c0 = 0, c1 = 0, c2 = 0] = points.center;
  const [b0 = 0, b1 = 0, b2 = 0] = points.gap;
  const length = step * step * points.gap_squared;
  const result = new Float32Array(3 * points.rows);
  for (let i = 0; i < points.rows; ++i) {
    // Far enough along the gap a vector can meet the origin; rounding must not make its square negative.
    const squared = Math.max(1 + 2 * step * half.along_gap[i]! + length, 1e-12);
    const factor = 1 / Math.sqrt(squared);
    result[3 * i] = (half.components[3 * i]! + step * b0) * factor - c0;
    result[3 * i + 1] = (half.components[3 * i + 1]! + step * b1) * factor - c1;
    result[3 * i + 2] = (half.components[3 * i + 2]! + step * b2) * factor - c2;
  }
  return result;
}

/// The first `dimensions` components of each point, to length one where `on_circle`: [N, dimensions].
export function drawn(shifted_points: Float32Array, dimensions: 2 | 3, on_circle: boolean): Float32Array {
  const rows = shifted_points.length / 3;
  const result = new Float32Array(dimensions * rows);
  for (let i = 0; i < rows; ++i) {
    const x = shifted_points[3 * i]!;
    const y = shifted_points[3 * i + 1]!;
    const z = dimensions === 3 ? shifted_points[3 * i + 2]! : 0;
    const length = on_circle ? Math.sqrt(x * x + y * y + z * z) || 1 : 1;
    result[dimensions * i] = x / length;
    result[dimensions * i + 1] = y / length;
    if (dimensions === 3) result[3 * i + 2] = z / length;
  }
  return result;
}
