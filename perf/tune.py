#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Which settings are faster here than the automatic ones?

    tune.py IN [OPTION...]            what is not listed below goes to `starfmm evaluate`
    tune.py in.h5 --digits 6 --gradient

Tries scheduling policies (STARPU_SCHED), points that a leaf may hold (STARFMM_N_CRIT), nodes of
a group (STARFMM_GROUP) and the method of M2L (STARFMM_M2L), each in turns with the automatic
choice.  A ratio is the median over the turns of a setting's time over the automatic one's;
the scatter is half of what lies between the least and the greatest.  The row "automatic" is
the automatic choice against itself.  A setting wins where its ratio is below 1 by more than
its own scatter and that row's; what wins is put together and has to win once more.  Then the
`export` lines for a shell are printed.  Take the times on a quiet machine.
"""
import argparse
import os
import statistics
import sys
from pathlib import Path

from measure import ROOT, Failed, Starfmm, environment, load, say, table

VARIABLES = ("STARPU_SCHED", "STARFMM_N_CRIT", "STARFMM_GROUP", "STARFMM_M2L")
POLICIES = ("lws", "prio", "ws", "eager")  # those without models, which must be calibrated
HOPELESS = 1.3  # a first ratio that needs no second


def candidates(automatic, quick):
    """Settings around what the automatic choice became, each of one variable."""
    nodes = automatic["tree"]["nodes"] / automatic["n_groups"]
    tried = {
        "STARPU_SCHED": [p for p in POLICIES if p != automatic["scheduler"]],
        "STARFMM_N_CRIT": [round(automatic["n_crit"] * f) for f in (0.5, 0.7, 1.4, 2, 4)],
        "STARFMM_GROUP": [max(8, round(nodes * f)) for f in (0.5, 0.25, 2, 4)],
        "STARFMM_M2L": ["dense" if automatic["m2l"] == "fourier" else "fourier"],
    }
    return [{name: str(value)} for name, values in tried.items()
            for value in dict.fromkeys(values[:1] if quick else values)]


def words(settings):
    return " ".join(f"{name}={value}" for name, value in settings.items()) or "automatic"


class Tuner:
    def __init__(self, options, rest):
        self.starfmm = Starfmm(options)
        self.rounds, self.repeat, self.rest = options.rounds, options.repeat, rest
        self.path = options.input

    def evaluate(self, settings):
        with environment(**{**dict.fromkeys(VARIABLES), **settings}):
            return self.starfmm.evaluate(self.path, *self.rest, repeat=self.repeat)

    def compare(self, settings):
        """Back and forth, so that a machine whose speed wanders favours neither."""
        say(words(settings))
        ratios, best = [], None
        for turn in range(self.rounds):
            order = ({}, settings) if turn % 2 == 0 else (settings, {})
            first, second = self.evaluate(order[0]), self.evaluate(order[1])
            theirs, mine = (first, second) if turn % 2 == 0 else (second, first)
            ratios.append(mine["seconds"] / theirs["seconds"])
            best = min(best or mine, mine, key=lambda told: told["seconds"])
            if ratios[0] > HOPELESS:
                break
        return {
            "setting": words(settings),
            "ratio": statistics.median(ratios),
            "scatter": (max(ratios) - min(ratios)) / 2,
            "seconds": best["seconds"],
            "n_crit": best["n_crit"],
            "nodes per group": best["tree"]["nodes"] / best["n_groups"],
            "M2L": best["m2l"],
            "policy": best["scheduler"],
        }


def wins(row, control):
    return row["ratio"] + max(row["scatter"], control["scatter"]) < 1


def choose(tried, control):
    """Of (settings, row) the best that wins for each variable, put together."""
    chosen = {}
    for settings, row in sorted(tried, key=lambda pair: -pair[1]["ratio"]):
        if wins(row, control):
            chosen.update(settings)
    return chosen


def tune(tuner, quick):
    control = tuner.compare({})
    automatic = tuner.evaluate({})
    tried = [(settings, tuner.compare(settings)) for settings in candidates(automatic, quick)]
    rows = [control] + [row for _, row in tried]
    chosen = choose(tried, control)
    if chosen:
        again = tuner.compare(chosen)
        rows.append(again | {"setting": f"again: {again['setting']}"})
        chosen = chosen if wins(again, control) else {}
    return rows, chosen


def main():
    first, _, rest = __doc__.partition("\n")
    parser = argparse.ArgumentParser(
        description=first, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input", type=Path, metavar="IN", help="points and charges; first")
    parser.add_argument("--rounds", type=int, default=5, help="turns; default 5")
    parser.add_argument("--repeat", type=int, default=4,
                        help="evaluations in a turn, of which the best counts; default 4")
    parser.add_argument("--quick", action="store_true", help="one candidate per variable")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--results", type=Path, help="default: BUILD/perf_results")
    options, evaluate_options = parser.parse_known_args()
    before = load()
    try:
        rows, chosen = tune(Tuner(options, evaluate_options), options.quick)
    except Failed as failure:
        say(f"failed: {failure}")
        return 1
    print(f"{before} before, {load()} after\n\n{table(rows)}\n")
    for name, value in chosen.items():
        print(f"export {name}={value}")
    if not chosen:
        print("nothing wins by more than the scatter")
    return 0


if __name__ == "__main__":
    sys.exit(main())
