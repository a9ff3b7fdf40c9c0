// How much room a legend takes above its chart.

const FIRST_LINE = 32;
const LINE = 28;

/// How much room the marks and names of a legend take above a chart. Lines are broken as ECharts breaks them, about.
export function legend_height(names: string[], width: number): number {
  let lines = 1;
  let used = 0;
  for (const name of names) {
    const item = 24 + 8 + 16 + 6.6 * Math.min(name.length, 40);
    if (used > 0 && used + item > width) {
      ++lines;
      used = 0;
    }
    used += item;
  }
  return FIRST_LINE + LINE * (lines - 1);
}
