import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "../../src/report/geometry/decode";
import { globe, turned, turned_by } from "../../src/report/geometry/rotate";
import { drawn, shifted } from "../../src/report/geometry/shift";
import { geometry, vectors } from "../made_geometry";

const dot = (a: number[], b: number[]) => a.reduce((sum, value, d) => sum + value * b[d]!, 0);

/// The shift on the vectors themselves, all dimensions of them, as docs/alignment.md has it.
function shifted_vector(vector: number[], gap: number[], step: number): number[] {
  const moved = vector.map((value, d) => value + step * gap[d]!);
  const length = Math.sqrt(dot(moved, moved));
  return moved.map((value) => value / length);
}

test("the closed form is the shift of whole vectors, projected", () => {
  const all = vectors(40, 16);
  const points = decode(geometry(all, { rows: 40 }));
  for (const lambda of [-1, -0.3, 0, 0.4, 1])
    for (const which of ["image", "text"] as const) {
      const found = shifted(points, which, lambda);
      const step = ((which === "image" ? -1 : 1) * lambda) / 2;
      all[which].forEach((vector, row) => {
        const whole = shifted_vector(vector, all.gap, step);
        for (let d = 0; d < 3; ++d)
          // int16 keeps about four digits.
          assert.ok(
            Math.abs(found[3 * row + d]! - (whole[d]! - all.mean[d]!)) < 3e-4,
            `${which} row ${row} component ${d} at ${lambda}: ${found[3 * row + d]}, not ${whole[d]! - all.mean[d]!}`,
          );
      });
    }
});

test("lambda 0 leaves vectors of length one where they are", () => {
  const all = vectors(10, 8);
  const points = decode(geometry(all, { rows: 10 }));
  const found = shifted(points, "text", 0);
  all.text.forEach((vector, row) =>
    assert.ok(Math.abs(found[3 * row]! - (vector[0]! - all.mean[0]!)) < 3e-4),
  );
});

test("points on the circle and on the sphere have length one, those of the plane keep theirs", () => {
  const all = Float32Array.from([3, 4, 12, 0, 0, 0]);
  const circle = drawn(all, 2, true);
  assert.deepEqual(
    [...circle].map((value) => Math.round(value * 1e6) / 1e6),
    [0.6, 0.8, 0, 0],
  );
  const sphere = drawn(all, 3, true);
  assert.ok(Math.abs(Math.hypot(sphere[0]!, sphere[1]!, sphere[2]!) - 1) < 1e-6);
  assert.deepEqual([...drawn(all, 2, false)], [3, 4, 0, 0]);
});

test("bytes are read as they were written", () => {
  const made = geometry(vectors(5, 8), { rows: 5, classes: ["a", "b", "c"] });
  const points = decode(made);
  assert.deepEqual([...points.class_of_row], [0, 1, 2, 0, 1]);
  assert.deepEqual([...points.part], [0, 0, 0, 1, 2]);
  assert.throws(() => decode({ ...made, rows: 6 }), /bytes/);
});

test("turning keeps lengths, and the near side is the near side", () => {
  const view = { turn: 0.7, tilt: -0.4 };
  const seen = turned(0.2, -0.5, 0.8, view);
  assert.ok(Math.abs(Math.hypot(...seen) - Math.hypot(0.2, -0.5, 0.8)) < 1e-12);
  const still = { turn: 0, tilt: 0 };
  assert.deepEqual(
    turned(1, 0, 0, still).map((value) => value + 0),
    [1, 0, 0],
  );
  assert.deepEqual(
    turned(0, 0, 1, still).map((value) => value + 0),
    [0, 1, 0],
  );
  assert.ok(turned(0, -1, 0, still)[2] > 0);
  // Tilted towards the viewer, the pole comes to the near side.
  assert.ok(turned(0, 0, 1, { turn: 0, tilt: 0.5 })[2] > 0);
  assert.equal(turned_by(still, 0, 9).tilt, Math.PI / 2);
});

test("the globe's circles are split between near and far and lie on the sphere's outline", () => {
  const { near, far } = globe({ turn: 0.3, tilt: 0.4 });
  assert.ok(near.length >= 6 && far.length >= 6);
  for (const line of [...near, ...far]) for (const [x, y] of line) assert.ok(Math.hypot(x!, y!) <= 1 + 1e-9);
});
