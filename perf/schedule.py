#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""How evaluations are scheduled: a CSV and a picture per experiment, a table on stdout.

    schedule.py [EXPERIMENT...]      default: all of them; each takes a few minutes
    schedule.py --quick              small sets: does everything still work?

What is compared is run in turns, several times over; ratios are medians over the turns, seconds
the best.  Take the times on a quiet machine.

Experiments
  policies     scheduling policies x numbers of workers x sets of points: time as a ratio to the
               best, and the workers' idle share
  granularity  time (as a ratio to the automatic choice) and overhead (worker time outside of
               operators) against the group size, for a tenth of the points and for all
  models       StarPU's performance models after calibration: how far predicted task times are
               from measured ones, by operator
"""
import shutil
import statistics
import sys

import plot
from experiments import conduct, options_of, parser_of
from measure import Starfmm, environment, run, table

# Those that any StarPU has and that suit CPUs alone.
POLICIES = ["lws", "prio", "ws", "eager", "random", "dmda", "dmdas"]
GROUPS = [8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096]


class Lab:
    def __init__(self, options):
        self.starfmm = Starfmm(options)
        self.options = options
        self.rounds = 1 if options.quick else options.rounds

    def in_turns(self, cases):
        """What each case's evaluations told, turn by turn; a case is (key, function that
        evaluates).  Back and forth, so that a machine whose speed wanders favours none."""
        told = {key: [] for key, _ in cases}
        for turn in range(self.rounds):
            for key, evaluate in cases[::1 if turn % 2 == 0 else -1]:
                told[key].append(evaluate())
        return told

    def keep(self, name, rows):
        plot.write_csv(self.starfmm.folder / f"{name}.csv", rows)
        print(f"\n## {name}\n\n{table(rows)}", flush=True)

    def picture(self, name):
        return self.starfmm.folder / name


def best_of(turns):
    return min(turns, key=lambda told: told["seconds"])


def ratios(turns):
    """Of each key: the median over the turns of its time as a ratio to the turn's mean, so
    that slow turns count as much as fast ones; then as a ratio to the smallest."""
    seconds = {key: [told["seconds"] for told in row] for key, row in turns.items()}
    means = [statistics.geometric_mean(turn) for turn in zip(*seconds.values())]
    middle = {key: statistics.median(s / mean for s, mean in zip(row, means))
              for key, row in seconds.items()}
    return {key: value / min(middle.values()) for key, value in middle.items()}


# ---- policies --------------------------------------------------------------------------


def by_policy(lab, policy, workers, path):
    with environment(STARPU_SCHED=policy, STARPU_NCPU=str(workers)):
        return lab.starfmm.evaluate(path, repeat=4, workers=workers)


def policies(lab):
    kinds = ["cube"] if lab.options.quick else ["cube", "sphere"]
    counts = sorted({1, lab.options.workers})
    paths = {kind: lab.starfmm.input(kind, lab.options.points) for kind in kinds}
    for policy in ("dmda", "dmdas"):  # their models are calibrated by running
        by_policy(lab, policy, counts[-1], paths[kinds[0]])
    rows = []
    for kind in kinds:
        for workers in counts:
            turns = lab.in_turns(
                [(p, lambda p=p: by_policy(lab, p, workers, paths[kind])) for p in POLICIES])
            rows += policy_rows(f"{kind}, {workers} worker{'s' if workers > 1 else ''}", turns)
    lab.keep("policies", rows)
    print("\n" + policy_table(rows))
    plot.bars(rows, lab.picture("policies"), "policy", "ratio", "case", line=1,
              title="Time over that of the best policy")


def policy_rows(case, turns):
    ratio = ratios(turns)
    for policy, told in turns.items():
        best = best_of(told)
        yield {
            "case": case,
            "policy": policy,
            "seconds": best["seconds"],
            "ratio": ratio[policy],
            "idle": statistics.median(1 - t["codelet_share"] for t in told),
        }


def policy_table(rows):
    """For the README: a line per policy, a column per case."""
    cases = list(dict.fromkeys(row["case"] for row in rows))
    cells = {(row["policy"], row["case"]): row for row in rows}
    return table(
        [
            {
                "policy": policy,
                **{
                    case: f"{cells[policy, case]['ratio']:.3f} "
                    f"({100 * cells[policy, case]['idle']:.1f} %)"
                    for case in cases
                },
            }
            for policy in POLICIES
        ]
    )


# ---- granularity -----------------------------------------------------------------------


def granularity(lab):
    sizes = GROUPS[::3] if lab.options.quick else GROUPS
    rows = []
    for points in (lab.options.points // 10, lab.options.points):
        path = lab.starfmm.input("cube", points)
        cases = [(0, lambda path=path: lab.starfmm.evaluate(path, repeat=4))]
        cases += [
            (g, lambda path=path, g=g: lab.starfmm.evaluate(path, "--group-size", g, repeat=4))
            for g in sizes
        ]
        turns = lab.in_turns(cases)
        ratio = ratios(turns)
        rows += [granularity_row(points, g, best_of(told), ratio[g] / ratio[0])
                 for g, told in turns.items()]
    lab.keep("granularity", rows)
    for name, what in (("ratio", "Time over that of the automatic groups"),
                       ("overhead", "Worker time outside of operators")):
        marks = [(r["nodes_per_group"], r[name], "") for r in rows if r["setting"] == "automatic"]
        curves = [r for r in rows if r["setting"] != "automatic"]
        plot.lines(curves, lab.picture(f"granularity_{name}"), "nodes_per_group", name, "points",
                   what + "; the stars are automatic", "x", marks)


def granularity_row(points, group_size, told, ratio):
    return {
        "points": points,
        "setting": group_size or "automatic",
        "nodes_per_group": told["tree"]["nodes"] / told["n_groups"],
        "tasks": told["tasks"],
        "seconds": told["seconds"],
        "ratio": ratio,
        "overhead": 1 - told["codelet_share"],
    }


# ---- models ----------------------------------------------------------------------------


def models(lab):
    program = lab.starfmm.build / "perf" / "bench_models"
    home = lab.starfmm.folder / "models"
    rows = []
    for kind in ["cube"] if lab.options.quick else ["cube", "sphere"]:
        for points in sorted({lab.options.points // 10, lab.options.points}):
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir()
            with environment(STARPU_PERF_MODEL_DIR=str(home), STARPU_SILENT="1"):
                text = run([program, kind, points])
            for row in plot.rows_of(text.splitlines()):
                rows.append(row | {"case": f"{kind}, {points:.0e} points"})
    lab.keep("models", rows)
    print("\n" + table(list(model_summary(rows))))
    known = [row for row in rows if row["known"] > 0]
    plot.bars(known, lab.picture("models"), "operator", "median_error", "case", line=0.15,
              title="Median error of predicted task times")


def model_summary(rows):
    """By operator: the median over the cases, and the worst."""
    for operator in dict.fromkeys(row["operator"] for row in rows):
        part = [r for r in rows if r["operator"] == operator and r["known"] > 0]
        if not part:
            continue
        errors = [row["median_error"] for row in part]
        yield {
            "operator": operator,
            "median task, ms": statistics.median(row["median_ms"] for row in part),
            "median error": f"{100 * statistics.median(errors):.1f} %",
            "in the worst case": f"{100 * max(errors):.1f} %",
        }


# ---- the command -----------------------------------------------------------------------

EXPERIMENTS = {f.__name__: f for f in (policies, granularity, models)}


def main():
    parser = parser_of(__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="turns; default 5")
    options = options_of(parser, EXPERIMENTS)
    return conduct(EXPERIMENTS, options.experiments, Lab(options))


if __name__ == "__main__":
    sys.exit(main())
