#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Draw the columns of a CSV file as lines or bars, as SVG and PNG in one style.

    plot.py lines IN.csv OUT --x points --y seconds --by method --log xy
    plot.py bars  IN.csv OUT --x scheduler --y ratio --by case

OUT is a name without ending: OUT.svg and OUT.png are written.  As a module: read_csv, save,
lines, bars; `marks` are points (x, y, text) that are pointed at.
"""
import argparse
import csv
import sys
from pathlib import Path

try:
    from matplotlib import rcParams
    from matplotlib.figure import Figure
except ImportError:
    sys.exit("no matplotlib: apt install python3-matplotlib, and run this by /usr/bin/python3")

# Told apart by colour-blind readers, too (Okabe and Ito).
COLORS = "#0072b2 #d55e00 #009e73 #cc79a7 #e69f00 #56b4e9 #000000 #a0a000".split()
rcParams.update({"font.size": 10, "svg.hashsalt": "starfmm", "svg.fonttype": "none"})


def number(text):
    try:
        return float(text)
    except ValueError:
        return text


def rows_of(lines):
    """The rows of a CSV table, a file's or a list's lines, as dicts, numbers as floats."""
    return [{k: number(v) for k, v in row.items()} for row in csv.DictReader(lines)]


def read_csv(path):
    with open(path, newline="") as file:
        return rows_of(file)


def write_csv(path, rows):
    """Rows as dicts, all with the keys of the first."""
    with open(path, "w", newline="") as file:
        table = csv.DictWriter(file, rows[0], lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def text(value):
    """A label: 1e+06 rather than 1000000, 0.5 rather than 0.50."""
    is_long = isinstance(value, int) and value > 99999
    return f"{value:.4g}" if is_long or isinstance(value, float) else str(value)


def series(rows, by):
    """The rows of each value of the column `by`, in the order of appearance."""
    parts = {}
    for row in rows:
        parts.setdefault(text(row[by]) if by else "", []).append(row)
    return parts


def save(figure, out):
    """Without dates, so that the same numbers give the same file."""
    figure.tight_layout()
    figure.savefig(f"{out}.svg", metadata={"Date": None})
    figure.savefig(f"{out}.png", dpi=150)


def finish(figure, axes, out, x, y, by, title):
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.set_title(title or "", loc="left")
    axes.grid(axis="y", alpha=0.3)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    if by:
        axes.legend(frameon=False, title=by)
    save(figure, out)


def start():
    figure = Figure(figsize=(8, 4.5))
    return figure, figure.subplots()


def lines(rows, out, x, y, by=None, title=None, log="", marks=()):
    """`log`: "", "x", "y" or "xy"."""
    figure, axes = start()
    for color, (name, part) in zip(COLORS * 9, series(rows, by).items()):
        part = sorted(part, key=lambda row: row[x])
        values = [row[x] for row in part], [row[y] for row in part]
        axes.plot(*values, "o-", color=color, label=name, markersize=4)
    for at_x, at_y, words in marks:
        axes.plot([at_x], [at_y], "*", color="black", markersize=11)
        axes.annotate(words, (at_x, at_y), (0, 9), textcoords="offset points", ha="center")
    for axis in log:
        getattr(axes, f"set_{axis}scale")("log")
    values = sorted({row[x] for row in rows})
    if len(values) <= 10:
        axes.set_xticks(values, [text(value) for value in values])
        axes.minorticks_off()
    finish(figure, axes, out, x, y, by, title)


def bars(rows, out, x, y, by=None, title=None, line=None):
    """A group of bars for each x, one of each series in it; `line`: a level to compare with."""
    figure, axes = start()
    groups = list(dict.fromkeys(text(row[x]) for row in rows))
    parts = series(rows, by)
    width = 0.8 / len(parts)
    for k, (name, part) in enumerate(parts.items()):
        shift = (k - (len(parts) - 1) / 2) * width
        places = [groups.index(text(row[x])) + shift for row in part]
        heights = [row[y] for row in part]
        axes.bar(places, heights, width, color=COLORS[k % len(COLORS)], label=name)
    if line is not None:
        axes.axhline(line, color="black", linewidth=0.8)
    axes.set_xticks(range(len(groups)), groups)
    finish(figure, axes, out, x, y, by, title)


def main():
    first, _, rest = __doc__.partition("\n")
    parser = argparse.ArgumentParser(
        description=first,
        epilog=rest,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("kind", choices=("lines", "bars"))
    parser.add_argument("csv", type=Path)
    parser.add_argument("out")
    parser.add_argument("--x", required=True)
    parser.add_argument("--y", required=True)
    parser.add_argument("--by", help="a curve, or a colour of bars, per value of this column")
    parser.add_argument("--title")
    parser.add_argument("--log", default="", choices=("", "x", "y", "xy"))
    a = parser.parse_args()
    rows = read_csv(a.csv)
    if a.kind == "lines":
        lines(rows, a.out, a.x, a.y, a.by, a.title, a.log)
    else:
        bars(rows, a.out, a.x, a.y, a.by, a.title)


if __name__ == "__main__":
    main()
