#!/usr/bin/env python3
"""Draws a sweep.csv as an SVG: macro F1 on the test rows against lambda, early and late fusion, mean
over seeds with a band of one standard deviation. Of several methods one, --method. Standard library only.

    tools/plot_sweep.py sweep1/sweep.csv docs/sweep.svg --title "HAM10000, untrained CLIP"
"""
import argparse
import csv
import statistics
from collections import defaultdict

WIDTH, HEIGHT = 760, 380
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 50, 60
COLOURS = {"early": "#0072b2", "late": "#d55e00"}  # safe for colour-blind readers


def read(path, method):
    scores = defaultdict(list)
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            if row["method"] != method or not row["lambda"]:
                continue
            scores[row["fusion"], float(row["lambda"])].append(float(row["test_macro_f1"]))
    lines = defaultdict(list)
    for (fusion, lam), values in sorted(scores.items()):
        spread = statistics.stdev(values) if len(values) > 1 else 0.0
        lines[fusion].append((lam, statistics.mean(values), spread))
    return lines


def ticks(low, high, step):
    value = round(low / step) * step
    while value <= high + 1e-9:
        if value >= low - 1e-9:
            yield round(value, 6)
        value += step


def draw(lines, title):
    points = [point for line in lines.values() for point in line]
    x_low, x_high = min(p[0] for p in points), max(p[0] for p in points)
    y_low = min(p[1] - p[2] for p in points)
    y_high = max(p[1] + p[2] for p in points)
    step = next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2) if (y_high - y_low) / s <= 8)
    y_low, y_high = y_low // step * step, (y_high // step + 1) * step

    def x(value):
        return LEFT + (value - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT)

    def y(value):
        return HEIGHT - BOTTOM - (value - y_low) / (y_high - y_low) * (HEIGHT - TOP - BOTTOM)

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="24" font-size="15" font-weight="bold">{title}</text>',
    ]
    for value in ticks(y_low, y_high, step):
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}" '
                   'stroke="#ddd"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.2f}</text>')
    for value in ticks(x_low, x_high, 0.25 if x_high - x_low <= 2 else 0.5):
        out.append(f'<text x="{x(value):.1f}" y="{HEIGHT - BOTTOM + 20}" '
                   f'text-anchor="middle">{value:g}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 14}" '
               'text-anchor="middle">lambda (0: normalised, no shift; 1: the means meet)</text>')
    out.append(f'<text transform="translate(18 {(TOP + HEIGHT - BOTTOM) / 2:.0f}) rotate(-90)" '
               'text-anchor="middle">macro F1, test rows</text>')
    for i, (fusion, line) in enumerate(sorted(lines.items())):
        colour = COLOURS.get(fusion, "#444")
        upper = " ".join(f"{x(l):.1f},{y(m + s):.1f}" for l, m, s in line)
        lower = " ".join(f"{x(l):.1f},{y(m - s):.1f}" for l, m, s in reversed(line))
        middle = " ".join(f"{x(l):.1f},{y(m):.1f}" for l, m, _ in line)
        out.append(f'<polygon points="{upper} {lower}" fill="{colour}" opacity="0.15"/>')
        out.append(f'<polyline points="{middle}" fill="none" stroke="{colour}" stroke-width="2"/>')
        place = WIDTH - RIGHT - 240 + 120 * i
        out.append(f'<line x1="{place}" x2="{place + 24}" y1="38" y2="38" stroke="{colour}" '
                   'stroke-width="3"/>')
        out.append(f'<text x="{place + 30}" y="42">{fusion} fusion</text>')
    return "\n".join(out + ["</svg>", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sweep")
    parser.add_argument("svg")
    parser.add_argument("--title", default="macro F1 against lambda")
    parser.add_argument("--method", default="shift")
    options = parser.parse_args()
    lines = read(options.sweep, options.method)
    if not lines:
        parser.error(f"{options.sweep}: no '{options.method}' with lambdas; name another --method")
    with open(options.svg, "w") as file:
        file.write(draw(lines, options.title))


if __name__ == "__main__":
    main()
