// Numbers as people read them. What is not there is a dash.

export const DASH = "–";
const MINUS = "−";

const known = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

/// 0.7917 -> "0.792"
export function score(value: unknown, digits = 3): string {
  return known(value) ? value.toFixed(digits).replace("-", MINUS) : DASH;
}

export function signed(value: unknown, digits = 3): string {
  if (!known(value)) return DASH;
  return (value >= 0 ? "+" : MINUS) + Math.abs(value).toFixed(digits);
}

export type Interval = [number, number];

export function is_interval(value: unknown): value is Interval {
  return Array.isArray(value) && value.length === 2 && known(value[0]) && known(value[1]);
}

/// [0.7069, 0.8618] -> "0.707 to 0.862"
export function interval(value: unknown, digits = 3): string {
  return is_interval(value) ? `${score(value[0], digits)} to ${score(value[1], digits)}` : DASH;
}

/// 13012 -> "13,012"
export function count(value: unknown): string {
  return known(value) ? Math.round(value).toLocaleString("en-US") : DASH;
}

export function percent(value: unknown, digits = 1): string {
  return known(value) ? `${(100 * value).toFixed(digits)} %` : DASH;
}

/// As many digits as say something: 0.0021 s, 1.54 s, 538 s; from two minutes on "9 min 4 s", "3 h 12 min".
export function seconds(value: unknown): string {
  if (!known(value)) return DASH;
  if (value < 120) return `${significant(value)} s`;
  const whole = Math.round(value);
  if (whole < 7200) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/// A MB is 2^20 bytes, as in the paper's Table 2.
export function megabytes(value: unknown): string {
  return known(value) ? significant(value / 2 ** 20) : DASH;
}

/// Of a file: "8.4 kB", "3.1 MB".
export function file_size(bytes: number): string {
  return bytes < 2 ** 20 ? `${(bytes / 2 ** 10).toFixed(1)} kB` : `${(bytes / 2 ** 20).toFixed(1)} MB`;
}

export function significant(value: unknown): string {
  if (!known(value)) return DASH;
  if (value === 0) return "0";
  const digits = Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(Math.abs(value)))));
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function plural(number: unknown, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}
