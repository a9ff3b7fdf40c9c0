// A sphere seen from far away: turn it, and leave the depth out.

export interface View {
  /// Radians: around the upright axis, and towards the viewer.
  turn: number;
  tilt: number;
}

export type Turned = [x: number, y: number, depth: number];

/// Where a point is seen; depth > 0 is the near side. The first component points right, the third up.
export function turned(x: number, y: number, z: number, view: View): Turned {
  const sin = Math.sin(view.turn);
  const cos = Math.cos(view.turn);
  const right = x * cos - y * sin;
  const away = x * sin + y * cos;
  const sin_tilt = Math.sin(view.tilt);
  const cos_tilt = Math.cos(view.tilt);
  return [right, z * cos_tilt + away * sin_tilt, z * sin_tilt - away * cos_tilt];
}

const LIMIT = Math.PI / 2;

export function turned_by(view: View, turn: number, tilt: number): View {
  const around = (view.turn + turn) % (2 * Math.PI);
  return { turn: around, tilt: Math.max(-LIMIT, Math.min(LIMIT, view.tilt + tilt)) };
}

/// Circles of the globe as seen, for orientation: the near side and the far side as lists of lines.
export function globe(view: View): { near: number[][][]; far: number[][][] } {
  const near: number[][][] = [];
  const far: number[][][] = [];
  const add = (at: (angle: number) => [number, number, number]) => {
    let line: number[][] = [];
    let is_near: boolean | null = null;
    for (let step = 0; step <= 72; ++step) {
      const [x, y, depth] = turned(...at((step * Math.PI) / 36), view);
      const side = depth >= 0;
      if (is_near !== null && side !== is_near) {
        line.push([x, y]);
        (is_near ? near : far).push(line);
        line = [];
      }
      is_near = side;
      line.push([x, y]);
    }
    if (line.length > 1) (is_near ? near : far).push(line);
  };
  for (let meridian = 0; meridian < 6; ++meridian) {
    const angle = (meridian * Math.PI) / 6;
    add((t) => [Math.cos(angle) * Math.cos(t), Math.sin(angle) * Math.cos(t), Math.sin(t)]);
  }
  for (const latitude of [-Math.PI / 4, 0, Math.PI / 4]) {
    const radius = Math.cos(latitude);
    add((t) => [radius * Math.cos(t), radius * Math.sin(t), Math.sin(latitude)]);
  }
  return { near, far };
}
