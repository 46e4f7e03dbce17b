#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Measured errors of all orders: src/policy/accuracy_tables.h, and the README's table.

    accuracy_tables.py            measure, and write src/policy/accuracy_tables.h
    accuracy_tables.py --check    measure again: no error may be more than MARGIN above the file's
    accuracy_tables.py --contract [--points 1e3,1e5]   the tolerances asked for against errors,
                                  the long form of tests/accuracy; and the README's table

Ordinary errors are the largest of whole evaluations over all sets (accuracy_sets), strict ones
the largest between pairs of boxes of a V list (accuracy_pairs); Yukawa's the largest over
several kappas.  An hour on two cores, the contract another.
"""
import argparse
import csv
import io
import sys
from pathlib import Path

from measure import ROOT, Failed, run, say, table

HEADER = ROOT / "src" / "policy" / "accuracy_tables.h"
README = ROOT / "README.md"
MARK = "<!-- accuracy_tables.py --contract -->"
KERNELS = {"laplace": [0], "yukawa": [1, 8]}  # kappas in units of half an extent, of a box
ORDERS = {64: (2, 20), 32: (2, 8)}
LAST_ORDINARY = {64: 18, 32: 8}
SIZES = ["1000", "10000"]
# The inner surfaces of strict plans without and with gradients (operators/surface.h).
STRICT = [("worst", 1.0), ("worst_gradient", 1.2)]
MARGIN = 1.3  # that of accuracy.c
ASKED = {64: [3, 6, 9, 12], 32: [3, 5]}

TEXT = """/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Errors of orders, measured and written by perf/accuracy_tables.py.  [0]: ordinary, relative L2
 * errors, the largest of many sets, numbers of points and signs of charges.  [1]: strict, the
 * largest relative error between points of two boxes of a V list.  Potential, gradient; 1: not
 * measured.  By kernel (Laplace; Yukawa, also for other kernels with a length) and precision.
 */
#ifndef SFM_ACCURACY_TABLES_H
#define SFM_ACCURACY_TABLES_H

typedef struct accuracy_row {
    int order, check_order;
    double error[2][2];
} accuracy_row;

typedef struct accuracy_table {
    const accuracy_row *row;
    int n;
} accuracy_table;

"""


def rows(command):
    say(" ".join(str(part) for part in command))
    return list(csv.DictReader(io.StringIO(run(command))))


def measure(build, kappas, bits):
    """{(order, check order): [[potential, gradient] ordinary, strict]}"""
    first, last = ORDERS[bits]
    errors = {}
    for kappa in kappas:
        for i, (name, alpha) in enumerate(STRICT):
            found = rows([build / "perf" / f"accuracy_pairs_f{bits}", "-k", kappa, "-i", alpha,
                          "-p", first, last])
            for row in found:
                key = int(row["order"]), int(row["check_order"])
                errors.setdefault(key, [[0, 0], [0, 0]])
                errors[key][1][i] = max(errors[key][1][i], float(row[name]))
        sizes = [part for n in SIZES for part in ("-n", n)]
        found = rows([build / "perf" / "accuracy_sets", *(["-f"] if bits == 32 else []),
                      "-k", kappa, "-p", f"{first}:{LAST_ORDINARY[bits]}", *sizes])
        for row in found:
            key = int(row["order"]), int(row["check_order"])
            for i, name in enumerate(("potential", "gradient")):
                errors[key][0][i] = max(errors[key][0][i], float(row[name]))
    for each in errors.values():
        each[0] = [e or 1 for e in each[0]]
    return errors


def measure_all(build):
    return {(kernel, bits): measure(build, kappas, bits)
            for kernel, kappas in KERNELS.items() for bits in (64, 32)}


def write_header(tables):
    text = TEXT
    for (kernel, bits), errors in tables.items():
        text += f"static const accuracy_row {kernel}_f{bits}[] = {{\n"
        for (order, check), each in sorted(errors.items()):
            cells = ", ".join("{%.1e, %.1e}" % tuple(e) for e in each)
            text += f"    {{{order}, {check}, {{{cells}}}}},\n"
        text += "};\n"
    text += "\nstatic const accuracy_table accuracy_tables[2][2] = {\n"
    for kernel in KERNELS:
        cells = ", ".join(f"{{{kernel}_f{b}, sizeof {kernel}_f{b} / sizeof *{kernel}_f{b}}}"
                          for b in (64, 32))
        text += f"    {{{cells}}},\n"
    HEADER.write_text(text + "};\n\n#endif\n")


def read_header():
    """The same from the file."""
    tables, kernel = {}, None
    for line in HEADER.read_text().splitlines():
        if line.startswith("static const accuracy_row"):
            name, bits = line.split()[3].split("[")[0].rsplit("_f", 1)
            kernel = tables.setdefault((name, int(bits)), {})
        elif line.startswith("    {") and line.endswith("}}},") and kernel is not None:
            numbers = line.replace("{", "").replace("}", "").split(",")
            values = [float(n) for n in numbers[2:6]]
            kernel[int(numbers[0]), int(numbers[1])] = [values[:2], values[2:]]
    return tables


def check(build):
    """Says what has become worse; the number of such entries."""
    written, worse = read_header(), 0
    for name, errors in measure_all(build).items():
        for orders, each in errors.items():
            before = written.get(name, {}).get(orders, [[0, 0], [0, 0]])
            for now, was in zip(sum(each, []), sum(before, [])):
                if now > MARGIN * was:
                    print(name, orders, f"{now:.2e}, in the file {was:.2e}")
                    worse += 1
    return worse


def contract(build, points):
    """The table of the README; the number of broken promises."""
    lines, broken = [], 0
    for bits in (64, 32):
        asked = [part for d in ASKED[bits] for part in ("-d", d)]
        sizes = [part for n in points for part in ("-n", n)]
        found = rows([build / "perf" / "accuracy_sets", *(["-f"] if bits == 32 else []), *asked,
                      *sizes])
        for row in found:
            for output in ("potential", "gradient"):
                if not float(row[output]) < 10 ** -int(row["digits"]):
                    print("broken:", output, row)
                    broken += 1
        sets = dict.fromkeys(row["set"] for row in found)
        for digits in ASKED[bits]:
            for output in ("potential", "gradient"):
                line = {"asked": f"{digits}, {'double' if bits == 64 else 'single'}",
                        "error of": output}
                for name in sets:
                    worst = {}
                    for row in found:
                        if row["set"] == name and int(row["digits"]) == digits:
                            kind = row["charges"] != "signed"
                            worst[kind] = max(worst.get(kind, 0), float(row[output]))
                    line[name] = f"{worst[True]:.0e}"
                    if False in worst:
                        line[name] += f" ({worst[False]:.0e})"
                lines.append(line)
    return table(lines), broken


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--contract", action="store_true")
    parser.add_argument("--points", default="1e3,1e5")
    options = parser.parse_args()
    if options.check:
        return 1 if check(options.build) else 0
    if not options.contract:
        write_header(measure_all(options.build))
        return 0
    text, broken = contract(options.build, options.points.split(","))
    print(text)
    before, _, after = README.read_text().split(MARK)
    README.write_text(before + MARK + "\n\n" + text + "\n\n" + MARK + after)
    return 1 if broken else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as problem:
        sys.exit(str(problem))
