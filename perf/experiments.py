# SPDX-License-Identifier: BSD-3-Clause
"""What perf/run.py and perf/schedule.py share: the command line of a script of experiments."""
import argparse
import os
from pathlib import Path

from measure import ROOT, Failed, load, say


def parser_of(doc):
    first, _, rest = doc.partition("\n")
    parser = argparse.ArgumentParser(
        description=first, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiments", nargs="*", metavar="EXPERIMENT", default=[])
    parser.add_argument("--points", type=lambda s: int(float(s)),
                        help="of the largest set; default 1e6, with --quick 1e4")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--results", type=Path, help="default: BUILD/perf_results")
    parser.add_argument("--quick", action="store_true")
    return parser


def options_of(parser, experiments):
    options = parser.parse_args()
    options.points = options.points or (10000 if options.quick else 1000000)
    for name in options.experiments:
        if name not in experiments:
            parser.error(f"no experiment {name}: one of {', '.join(experiments)}")
    return options


def conduct(experiments, names, lab):
    """Run those that are named, or all; one that fails costs its own results only."""
    failures = []
    for name in names or experiments:
        say(f"{name}: {load()}")
        try:
            experiments[name](lab)
        except Failed as failure:
            failures.append(f"{name}: {failure}")
    for failure in failures:
        say(f"failed: {failure}")
    return 1 if failures else 0
