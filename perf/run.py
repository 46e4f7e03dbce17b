#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Measure everything: a CSV and a picture per experiment, and a table on stdout.

    run.py [EXPERIMENT...]        default: all of them, about half an hour
    run.py --quick                small sets, a minute: does everything still work?

What is compared within an experiment is measured in turns, several times over, and the best
of each counts.  Take the times on a quiet machine.

Experiments
  operators    each operator alone in one thread (bench_operators) and inside evaluations:
               GFlop/s, and as a fraction of its bound: the matrix product's rate, the vector
               kernel's with all in registers, or a mix of both
  points       time, setup and memory against the number of points
  order        time and error against the order
  n_crit       time against the points that a leaf may hold
  group_size   time against the nodes of a task
  workers      time against the workers
  rhs          time per charge vector against their number
  share        share of the workers' time spent in each operator: a sphere, order 6,
               n_crit 150
  kernels      all vector kernels (bench_kernels)
  m2l          the Fourier M2L alone (bench_m2l)
"""
import csv
import io
import sys

import plot
from experiments import conduct, options_of, parser_of
from measure import Failed, Starfmm, run, table

EXPERIMENTS = {}


def experiment(function):
    EXPERIMENTS[function.__name__] = function
    return function


class Driver:
    """The scale of the experiments, and where their results go."""

    def __init__(self, options):
        self.starfmm = Starfmm(options)
        self.options = options
        self.quick = options.quick
        self.points = options.points

    def pick(self, full, quick):
        return quick if self.quick else full

    def scan(self, settings):
        """`starfmm evaluate` for each (columns, file, options), in turns: columns and times."""
        best = {}
        for _ in range(self.pick(3, 1)):
            for i, (_, path, options) in enumerate(settings):
                told = self.starfmm.evaluate(path, *options, repeat=self.pick(3, 2))
                if i not in best or told["seconds"] < best[i]["seconds"]:
                    best[i] = told
        return [(columns, best[i]) for i, (columns, _, _) in enumerate(settings)]

    def programs(self, name, *argument_lists):
        """The rows that a benchmark program of the build prints, of several runs."""
        rows = []
        for arguments in argument_lists:
            text = run([self.starfmm.build / "perf" / name, *arguments])
            rows += csv.DictReader(io.StringIO(text))
        return [{k: number(v) for k, v in row.items()} for row in rows]

    def keep(self, name, rows, draw=None, **axes):
        path = self.starfmm.folder / name
        plot.write_csv(f"{path}.csv", rows)
        if draw:
            draw(rows, path, **axes)
        print(f"\n## {name}\n\n{table(rows)}", flush=True)


def select(rows, **values):
    return [row for row in rows if all(row[k] == v for k, v in values.items())]


def number(text):
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text


def timing(told):
    """The columns of one evaluation that most experiments want."""
    return {
        "seconds": told["seconds"],
        "ns_per_point": 1e9 * told["seconds"] / told["n_targets"],
        "setup_seconds": told["setup_seconds"],
        "n_crit": told["n_crit"],
        "group_size": told["group_size"],
        "tasks": told["tasks"],
        "codelet_share": told["codelet_share"],
        "submit_share": told["submit_seconds"] / told["wall_seconds"],
    }


# ---- operators -------------------------------------------------------------------------


@experiment
def operators(d):
    orders = d.pick((3, 4, 6, 8, 10), (4,))
    for program, precision in (("bench_operators_f64", "double"),
                               ("bench_operators_f32", "float")):
        if precision == "float":
            orders = [p for p in orders if p <= 4]
        rows = []
        for kind in d.pick(("cube", "sphere", "plummer"), ("cube",)):
            for order in orders:
                rows += operators_of(d, program, precision, kind, order)
        name = f"operators_{precision}"
        d.keep(name, rows, plot.bars, x="operator", y="of_bound", by="setting", line=0.6,
               title="Operators, one thread: rate over the bound of their arithmetic")


def operators_of(d, program, precision, kind, order):
    """Of one setting: alone in a thread, and by the workers of an evaluation."""
    told = d.starfmm.evaluate(d.starfmm.input(kind, d.points), "--order", order,
                              "--precision", precision)
    rows = d.programs(program, [kind, d.points, 0, order, told["n_crit"]])
    return [{"setting": f"{kind}, order {order}", **row, **inside(told, row)} for row in rows]


def inside(told, row):
    rate = told["operators"][row["operator"]]["gflops"]
    return {"evaluation_gflops": rate, "evaluation_of_bound": rate / row["bound_gflops"]}


@experiment
def share(d):
    path = d.starfmm.input("sphere", d.points)
    ((_, told),) = d.scan([({}, path, ["--order", 6, "--n-crit", 150])])
    whole = told["wall_seconds"] * told["workers"]
    rows = [{"operator": name, "tasks": op["tasks"], "worker_seconds": op["seconds"],
             "percent": 100 * op["seconds"] / whole, "gflops": op["gflops"]}
            for name, op in told["operators"].items() if op["tasks"]]
    idle = whole - sum(row["worker_seconds"] for row in rows)
    rows.append({"operator": "none", "tasks": 0, "worker_seconds": idle,
                 "percent": 100 * idle / whole, "gflops": 0.0})
    d.keep("share", rows, plot.bars, x="operator", y="percent",
           title="Share of the workers' wall time, sphere, order 6, n_crit 150")


@experiment
def kernels(d):
    isas = d.pick(["portable", "avx2", "avx512"], ["portable"])
    for program in ("bench_kernels_f64", "bench_kernels_f32"):
        rows = d.programs(program, *(["laplace", isa] for isa in isas))
        d.keep(program[6:], rows, draw_kernels)


def draw_kernels(rows, path):
    plot.bars(select(rows, gradient=0, n_rhs=1, case="fmm60"), path, x="accuracy",
              y="gpairs_per_s", by="isa",
              title="Near field, leaves of 60 points, one thread: G pairs/s")


@experiment
def m2l(d):
    orders = d.pick(range(3, 10), (3,))
    for program in ("bench_m2l_f64", "bench_m2l_f32"):
        rows = d.programs(program, *([p] for p in orders))
        d.keep(program[6:], rows, plot.bars, x="order", y="of_gemm", by="set", line=0.75,
               title="M2L of one group of nodes: rate over a matrix product's")


# ---- scans -----------------------------------------------------------------------------


@experiment
def points(d):
    sizes = d.pick([10000, 31623, 100000, 316228, 1000000, 3162278, 10000000], [3000, 10000])
    digits = d.pick((3, 6), (6,))
    settings = [({"points": n, "digits": p}, d.starfmm.input("cube", n), ["--digits", p])
                for n in sizes for p in digits]
    rows = [{**columns, **timing(told), "bytes_per_point": peak(told, columns["points"])}
            for columns, told in d.scan(settings)]
    d.keep("points", rows, plot.lines, x="points", y="ns_per_point", by="digits", log="x",
           title="Time per point, uniform in a cube, by digits")


def peak(told, n):
    """Of the plan and everything else that the process held at its fullest."""
    return told["peak_memory_bytes"] / n


@experiment
def order(d):
    rows = []
    for kind in d.pick(("cube", "sphere", "plummer"), ("cube",)):
        path = d.starfmm.input(kind, d.points)
        out = d.starfmm.data / "order.h5"
        for p in d.pick(range(2, 13), (2, 4)):
            told = d.starfmm.evaluate(path, "--order", p, out=out)
            rows.append({"kind": kind, "order": p, "error": d.starfmm.error(path, out),
                         **timing(told)})
    d.keep("order", rows, plot.lines, x="error", y="seconds", by="kind", log="x",
           title="Time against error: orders 2 to 12")


def automatic_and(values):
    return [("automatic", 0)] + [(str(v), v) for v in values]


def against(d, name, option, values, digits):
    """Time against an option of the plan that has an automatic value, which is marked."""
    kinds = d.pick(("cube", "sphere", "plummer"), ("cube",))
    settings = [({"kind": kind, "digits": p, "setting": label},
                 d.starfmm.input(kind, d.points),
                 ["--digits", p] + ([option, value] if value else []))
                for kind in kinds for p in digits for label, value in automatic_and(values)]
    rows = [{**columns, **timing(told)} for columns, told in d.scan(settings)]
    for row in rows:
        row["case"] = f"{row['kind']}, {row['digits']} digits"
    marks = [(row[name], row["seconds"], "") for row in rows if row["setting"] == "automatic"]
    d.keep(name, rows, plot.lines, x=name, y="seconds", by="case", log="x", marks=marks,
           title=f"Time against {name}; the star is the automatic choice")


@experiment
def n_crit(d):
    values = d.pick([25, 35, 50, 70, 100, 140, 200, 280, 400, 560], [50, 200])
    against(d, "n_crit", "--n-crit", values, d.pick((3, 6, 9), (6,)))


@experiment
def group_size(d):
    values = d.pick([8, 16, 32, 64, 128, 256, 512, 1024, 2048, 8192], [16, 256])
    against(d, "group_size", "--group-size", values, (6,))


@experiment
def workers(d):
    path, most = d.starfmm.input("cube", d.points), d.options.workers
    settings = [({"workers": w}, path, ["--workers", w]) for w in range(1, most + 1)]
    rows = [{**columns, **timing(told)} for columns, told in d.scan(settings)]
    for row in rows:
        row["efficiency"] = rows[0]["seconds"] / row["seconds"] / row["workers"]
    d.keep("workers", rows, plot.lines, x="workers", y="efficiency",
           title="Parallel efficiency, cube, 6 digits")


@experiment
def rhs(d):
    n = d.pick(min(d.points, 300000), d.points)
    settings = [({"order": p, "rhs": k}, d.starfmm.input("cube", n, "--rhs", k), ["--order", p])
                for p in d.pick((4, 6, 8), (4,)) for k in d.pick((1, 2, 4, 8, 16), (1, 4))]
    rows = [{**columns, "seconds_per_rhs": told["seconds"] / columns["rhs"], **timing(told)}
            for columns, told in d.scan(settings)]
    d.keep("rhs", rows, plot.lines, x="rhs", y="seconds_per_rhs", by="order", log="x",
           title="Time per charge vector, cube, by order")


# ---- the command -----------------------------------------------------------------------


def main():
    options = options_of(parser_of(__doc__), EXPERIMENTS)
    return conduct(EXPERIMENTS, options.experiments, Driver(options))


if __name__ == "__main__":
    sys.exit(main())
