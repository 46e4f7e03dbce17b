#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""How evaluations would scale to cores that this machine does not have.

    scaling.py [--points N ...] [--cores P ...]

Needs perf/simulate, which CMake builds where STARFMM_SIMGRID_PREFIX names a SimGrid build of
StarPU (perf/build_starpu.sh PREFIX --fast --simgrid --max-cpus 128).

For each number of cores the groups are cut as on a machine of that many, one evaluation is
recorded on one worker (tasks, data, priorities, CPU times: perf/record_graph.c), and StarPU
runs it again on simulated cores (perf/simulate.c).  Leaves in RESULTS
  scaling.csv        a row for each set of points and number of cores
  scaling.svg, .png  efficiency against cores
  scaling_check.csv  simulated against measured time on the cores that this machine has
Columns: `seconds` simulated; `efficiency` against one core with the groups cut for two;
`free_submission` the efficiency if submission cost nothing; `critical_path` seconds of the
longest chain of tasks; `submission` seconds of the thread that submits; `work` seconds of all
tasks together.

What the simulation leaves out: cores that slow each other down (caches, memory, clock rate),
NUMA, time to take part in scheduling beyond a fixed cost per task and datum.
"""
import argparse
import csv
import os
import sys
from pathlib import Path

import plot
from measure import ROOT, Failed, load, run, say, table

PLATFORM = """<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM 'https://simgrid.org/simgrid.dtd'>
<platform version="4.1">
 <zone id="AS0" routing="Full">
  <host id="MAIN" speed="1f"/>
{hosts}  <host id="RAM" speed="1f"/>
  <link id="Host" bandwidth="0Bps" latency="0s"/>
 </zone>
</platform>
"""
CONFIG = "{cores} # CPUs\n1 # NUMA nodes\n" + "0 # other devices\n" * 4
NODES = 32  # memory nodes in StarPU's tables of the bus; those that it has count


def describe_host(folder, cores):
    """What StarPU would have measured of the bus of a machine of that many cores."""
    bus = folder / "bus"
    bus.mkdir(parents=True, exist_ok=True)
    host = f"cores{cores}"
    lines = ["\t".join(["0.0" if i == j == 0 else "nan" for j in range(NODES)])
             for i in range(NODES)]
    matrix = "\n".join(["# from, to", *lines, ""])
    hosts = "".join(f'  <host id="CPU{i}" speed="1Gf"/>\n' for i in range(cores))
    for ending, text in {
        "bandwidth": matrix,
        "latency": matrix,
        "affinity": "# GPU\tNUMA0\t\n",
        "config": CONFIG.format(cores=cores),
        "platform.v4.xml": PLATFORM.format(hosts=hosts),
    }.items():
        (bus / f"{host}.{ending}").write_text(text)
    return {"STARPU_HOSTNAME": host, "STARPU_PERF_MODEL_DIR": str(folder)}


def critical_path(path):
    """Seconds of the longest chain; commuting writers of a datum wait for none of their own."""
    written, free, commuting = {}, {}, {}  # when a datum may be read; written; commuted on
    longest = 0
    with open(path, newline="") as file:
        for task in csv.DictReader(file):
            accesses = [(a[:-1], a[-1]) for a in task["accesses"].split()]
            waits = {"r": written, "c": commuting, "w": free}
            end = float(task["seconds"])
            end += max((waits[mode].get(d, 0) for d, mode in accesses), default=0)
            longest = max(longest, end)
            for d, mode in accesses:
                free[d] = max(free.get(d, 0), end)
                if mode != "c":
                    commuting[d] = free[d]
                if mode != "r":
                    written[d] = max(written.get(d, 0), end)
    return longest


class Lab:
    def __init__(self, options):
        self.options = options
        self.folder = (options.results or options.build / "perf_results").resolve()
        self.recorded = set()
        self.graphs = self.folder / "graphs"
        self.graphs.mkdir(parents=True, exist_ok=True)

    def program(self, name):
        path = (self.options.build / "perf" / name).resolve()
        if path.exists():
            return path
        raise Failed(f"no {path}: configure with -DSTARFMM_SIMGRID_PREFIX=... and build")

    def record(self, points, cores, workers=1):
        """Record an evaluation, its groups cut for `cores`; what it was like, and the file."""
        path = self.graphs / f"{self.options.kind}_{points}_cut{cores}_workers{workers}.csv"
        said = path.with_suffix(".txt")
        fresh = self.options.keep or path in self.recorded
        if not (fresh and said.exists()):
            self.recorded.add(path)
            say(f"recording {path.stem}: {load()}")
            said.write_text(
                run([self.program("record_graph"), path, cores, self.options.kind, points,
                     self.options.digits, self.options.repeat],
                    env=dict(os.environ, STARPU_NCPU=str(workers))))
        return plot.rows_of(said.read_text().splitlines())[0], path

    def simulate(self, path, cores, submit=1):
        host = describe_host(self.folder / "hosts", cores)
        environment = {"STARPU_SCHED": "lws", "STARPU_FXT_TRACE": "0", **os.environ, **host}
        command = [self.program("simulate"), path, submit]
        return plot.rows_of(run(command, env=environment).splitlines())[0]

    def check(self, points):
        """Simulated against measured time where both are to be had."""
        _, path = self.record(points, 2)
        for workers in (1, 2):
            seen, _ = self.record(points, 2, workers)
            simulated = self.simulate(path, workers)["seconds"]
            yield {
                "points": points,
                "workers": workers,
                "simulated": simulated,
                "measured": seen["wall_seconds"],
                "error": simulated / seen["wall_seconds"] - 1,
                "task_seconds": seen["task_seconds"],
            }

    def scale(self, points):
        _, path = self.record(points, 2)
        alone = self.simulate(path, 1)["seconds"]
        for cores in self.options.cores:
            seen, path = self.record(points, max(2, cores))
            simulated = self.simulate(path, cores)
            yield {
                "points": points,
                "cores": cores,
                "tasks": int(seen["tasks"]),
                "seconds": simulated["seconds"],
                "efficiency": alone / cores / simulated["seconds"],
                "free_submission":
                    alone / cores / self.simulate(path, cores, 0)["seconds"],
                "critical_path": critical_path(path),
                "submission": simulated["submit_seconds"],
                "work": seen["task_seconds"],
            }


def arguments():
    first, _, rest = __doc__.partition("\n")
    parser = argparse.ArgumentParser(
        description=first, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter)

    def size(text):
        return int(float(text))

    parser.add_argument("--points", type=size, nargs="+", default=[10**6, 10**7],
                        help="default 1e6 1e7; the latter takes 6 GB")
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2, 4, 8, 16, 32, 64, 128])
    parser.add_argument("--kind", default="cube", help="of points; default cube")
    parser.add_argument("--digits", type=int, default=6)
    parser.add_argument("--repeat", type=int, default=3,
                        help="evaluations of which a task's least time counts; default 3")
    parser.add_argument("--keep", action="store_true", help="use recordings that are there")
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--results", type=Path, help="default: BUILD/perf_results")
    return parser.parse_args()


def report(lab):
    options = lab.options
    checks = [row for points in options.points for row in lab.check(points)]
    plot.write_csv(lab.folder / "scaling_check.csv", checks)
    print(table(checks) + "\n")
    rows = [row for points in options.points for row in lab.scale(points)]
    plot.write_csv(lab.folder / "scaling.csv", rows)
    print(table(rows))
    plot.lines(rows, lab.folder / "scaling", "cores", "efficiency", "points",
               "Parallel efficiency on simulated cores", "x")


def main():
    try:
        report(Lab(arguments()))
    except Failed as failure:
        say(f"scaling.py: {failure}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
