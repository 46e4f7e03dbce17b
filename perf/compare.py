#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Other programs against starfmm, in one run, on the same points and charges.

    compare.py --peers PEERS.json

Every program is run in turn with starfmm (starfmm, A, starfmm, B, ...; then B, A), so that a
machine whose speed wanders changes both sides of a ratio.  The time of a program is the best
of all its repetitions; its ratio the median over the pairs of starfmm's best time in a run
over the program's in the run after it.  Errors are relative L2 errors of the potentials over
a sample of targets, against direct sums.  Prints a table per case and a summary, and leaves
them as compare.csv and compare.md in the folder of results.

A case is a set of points, the digits wanted and, for single precision, the word float:
"cube 6", "cube 3 float".

PEERS.json
    {"programs": [{"name": "mine", "command": ["bin/mine", "{input}", "{output}", "{repeat}"],
                   "arguments": {"cube 6": ["6", "350"]}, "environment": {"A": "1"}}]}
  command      the program, found from the folder of PEERS.json, in which it is run, and its
               arguments; replaced are {input}, {output}, {repeat}, {workers}, {digits}
  arguments    further arguments for each case; cases not named are left out.  Without
               "arguments" the program is run for every case in double precision
  environment  optional

The convention
  input   little-endian: int64 n, int64 m; n x (x, y, z, charge), m x (x, y, z) doubles.
          m = 0: the targets are the sources.
  what    potential_j = sum_i q_i / (4 pi |x_j - y_i|), pairs at distance 0 left out;
          {repeat} times over for different charges on what was set up once, of which
          the last are the file's (the others may be these, scaled)
  output  m (or n) doubles, little-endian: the potentials of the file's charges
  stdout  as the last line that begins with {, one JSON object with "seconds": [each
          repetition], and where there is a setup "setup_seconds": its time
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

try:
    import numpy
except ImportError:
    sys.exit("no numpy: apt install python3-numpy, and run this by /usr/bin/python3")

from measure import ROOT, Failed, Starfmm, load, run, say, table
from plot import write_csv

CASES = ["cube 3", "sphere 3", "cube 6", "sphere 6", "plummer 6", "cube 9", "sphere 9",
         "cube 3 float"]
BLOCK = 1 << 16  # sources summed at a time
TIMEOUT = 600  # seconds for one run of a program


class Case:
    """One set of points in both formats, with potentials to compare with."""

    def __init__(self, name, starfmm, options):
        kind, digits, *rest = name.split()
        self.name = name
        self.digits = int(digits)
        self.precision = "float" if rest == ["float"] else "double"
        targets = ["--targets", options.targets] if options.targets else []
        self.path = starfmm.input(kind, options.points, *targets)
        self.raw = self.path.with_suffix(".raw")
        self.read(targets)
        self.choose(options.samples)

    def read(self, targets):
        names = ["sources", "charges"] + (["targets"] if targets else [])
        arrays = {name: dataset(self.path, name) for name in names}
        self.sources = arrays["sources"].reshape(-1, 3)
        self.charges = arrays["charges"]
        self.targets = arrays.get("targets", self.sources).reshape(-1, 3)
        if self.raw.exists():
            return
        with open(self.raw, "wb") as file:
            sizes = [len(self.sources), len(self.targets) if targets else 0]
            numpy.array(sizes, "<i8").tofile(file)
            numpy.c_[self.sources, self.charges].astype("<f8").tofile(file)
            if targets:
                self.targets.astype("<f8").tofile(file)

    def choose(self, samples):
        """Sample targets and sum at them; kept beside the points."""
        kept = self.path.with_suffix(f".{samples}.npz")
        if not kept.exists():
            say(f"{self.name}: direct sums")
            n = len(self.targets)
            rows = numpy.random.default_rng(1).choice(n, min(samples, n), replace=False)
            numpy.savez(kept, rows=rows, sums=self.direct(self.targets[rows]))
        with numpy.load(kept) as file:
            self.rows, self.sums = file["rows"], file["sums"]

    def direct(self, targets):
        sums = numpy.zeros(len(targets))
        for begin in range(0, len(self.sources), BLOCK):
            sources = self.sources[begin : begin + BLOCK]
            for i, target in enumerate(targets):
                r = numpy.sqrt(((sources - target) ** 2).sum(axis=1))
                r[r == 0] = numpy.inf
                sums[i] += (self.charges[begin : begin + BLOCK] / r).sum()
        return sums / (4 * numpy.pi)

    def error(self, potentials):
        if len(potentials) != len(self.targets):
            raise Failed(f"{len(potentials)} potentials for {len(self.targets)} targets")
        off = numpy.linalg.norm(potentials[self.rows] - self.sums)
        return float(off / numpy.linalg.norm(self.sums))


def dataset(path, name):
    """A dataset of an HDF5 file, as doubles, by the tools that come with HDF5."""
    with tempfile.TemporaryDirectory() as folder:
        raw = f"{folder}/raw"
        run(["h5dump", "-d", name, "-b", "LE", "-o", raw, path])
        header = run(["h5dump", "-H", "-d", name, path])
        return numpy.fromfile(raw, "<f4" if "F32" in header else "<f8").astype("f8")


# ---- programs --------------------------------------------------------------------------


class Own:
    """starfmm itself, by its own files."""

    name = "starfmm"

    def __init__(self, starfmm, repeat):
        self.starfmm, self.repeat = starfmm, repeat

    def takes(self, case):
        return True

    def __call__(self, case):
        out = case.path.with_suffix(".out.h5")
        told = self.starfmm.evaluate(
            case.path, "--digits", case.digits, "--precision", case.precision,
            repeat=self.repeat, out=out)
        return {"seconds": told["evaluate_seconds"], "setup_seconds": told["setup_seconds"],
                "memory": told["peak_memory_bytes"],
                "error": case.error(dataset(out, "potentials"))}


class Peer:
    """A program of PEERS.json."""

    def __init__(self, told, folder, options):
        self.name = told["name"]
        self.command = told["command"]
        self.arguments = told.get("arguments")
        self.environment = {**os.environ, **told.get("environment", {})}
        self.folder, self.options = folder, options

    def takes(self, case):
        if self.arguments is None:
            return case.precision == "double"
        return case.name in self.arguments

    def __call__(self, case):
        out = case.path.with_suffix(".out.raw")
        out.unlink(missing_ok=True)
        values = {"input": case.raw, "output": out, "repeat": self.options.repeat,
                  "workers": self.options.workers, "digits": case.digits}
        parts = self.command + (self.arguments or {}).get(case.name, [])
        told, memory = launch([part.format(**values) for part in parts], self.folder,
                              self.environment)
        if not out.exists():
            raise Failed("no output")
        return {"seconds": told["seconds"], "setup_seconds": told.get("setup_seconds", 0.0),
                "memory": memory, "error": case.error(numpy.fromfile(out, "<f8"))}


def launch(command, folder, environment):
    """Run a peer: its JSON object, and the most memory that it held."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        child = subprocess.Popen(["timeout", str(TIMEOUT), *command], cwd=folder,
                                 env=environment, stdout=out, stderr=err)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        lines = [line for line in out if line.startswith("{")]
        words = "".join(err.read().strip().splitlines()[-1:])
    if child.returncode != 0:
        raise Failed(f"exit code {child.returncode}: {words}")
    told = json.loads(lines[-1]) if lines else {}
    if not told.get("seconds"):
        raise Failed('no line {"seconds": [...]} on stdout')
    return told, usage.ru_maxrss * 1024


# ---- the comparison --------------------------------------------------------------------


def attempt(program, case, failures):
    try:
        return program(case)
    except (Failed, OSError, ValueError, KeyError) as failure:
        failures.append(f"{case.name}: {program.name}: {failure}")
        say(failures[-1])
        return None


def measure(case, own, peers, rounds, failures):
    """{name: [run, ...]} and {name: [ratio, ...]}."""
    runs, ratios = {own.name: []}, {}
    peers = [peer for peer in peers if peer.takes(case)]
    for turn in range(rounds):
        for peer in peers[:: -1 if turn % 2 else 1] or [None]:
            ours = attempt(own, case, failures)
            if ours:
                runs[own.name].append(ours)
            theirs = attempt(peer, case, failures) if peer else None
            if theirs:
                runs.setdefault(peer.name, []).append(theirs)
            if ours and theirs:
                ratio = min(ours["seconds"]) / min(theirs["seconds"])
                ratios.setdefault(peer.name, []).append(ratio)
    return runs, ratios


def rows_of(case, runs, ratios):
    rows = []
    for name, done in runs.items():
        if not done:
            continue
        pairs = ratios.get(name, [1.0])
        rows.append({
            "case": case.name,
            "program": name,
            "seconds": min(s for r in done for s in r["seconds"]),
            "error": max(r["error"] for r in done),
            "starfmm / it": statistics.median(pairs),
            "lowest": min(pairs),
            "highest": max(pairs),
            "setup seconds": min(r["setup_seconds"] for r in done),
            "peak MB": min(r["memory"] for r in done) / 1e6,
        })
    return rows


def summary(case, rows):
    """starfmm beside the fastest of the others that keep the digits."""
    own = rows[0]
    good = [r for r in rows[1:] if r["error"] < 10.0**-case.digits]
    best = min(good, key=lambda r: r["seconds"], default=None)
    return {
        "case": case.name,
        "starfmm, s": own["seconds"],
        "error": own["error"],
        "fastest other": best["program"] if best else "none",
        "its s": best["seconds"] if best else "",
        "its error": best["error"] if best else "",
        "ratio": best["starfmm / it"] if best else "",
    }


def arguments():
    first, _, rest = __doc__.partition("\n")
    parser = argparse.ArgumentParser(
        description=first, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=Path, help="without it, starfmm alone")
    parser.add_argument("--cases", nargs="+", default=CASES, metavar="CASE")
    parser.add_argument("--points", type=lambda s: int(float(s)), default=1000000)
    parser.add_argument("--targets", type=lambda s: int(float(s)), default=0,
                        help="targets apart from the sources")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3, help="evaluations in a run")
    parser.add_argument("--samples", type=int, default=300)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--results", type=Path, help="default: BUILD/perf_results")
    parser.add_argument("--quick", action="store_true", help="1e5 points, one round")
    options = parser.parse_args()
    if options.quick:
        options.points, options.rounds, options.samples = 100000, 1, 100
    return options


def read_peers(options):
    if not options.peers:
        return []
    told = json.loads(options.peers.read_text())
    folder = options.peers.resolve().parent
    return [Peer(program, folder, options) for program in told["programs"]]


def main():
    options = arguments()
    begin, failures, rows, sums = time.monotonic(), [], [], []
    starfmm = Starfmm(options)
    own, peers = Own(starfmm, options.repeat), read_peers(options)
    for name in options.cases:
        case = Case(name, starfmm, options)
        say(f"{name}: {load()}, {time.monotonic() - begin:.0f} s so far")
        done = rows_of(case, *measure(case, own, peers, options.rounds, failures))
        if not done or done[0]["program"] != own.name:
            continue
        rows += done
        sums.append(summary(case, done))
        print(table(done), end="\n\n", flush=True)
    report = starfmm.folder / "compare.md"
    if rows:
        write_csv(starfmm.folder / "compare.csv", rows)
        report.write_text(f"{table(rows)}\n\n{table(sums)}\n")
        print(table(sums))
    say(f"{time.monotonic() - begin:.0f} s, {load()}; {report}")
    for failure in failures:
        say(f"failed: {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
