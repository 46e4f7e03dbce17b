# SPDX-License-Identifier: BSD-3-Clause
"""What the scripts of perf/ share: data sets, runs of `starfmm`, tables."""
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Failed(Exception):
    """A program did not do what it should; the text says which and how."""


def run(command, **options):
    """The output of a command; Failed with its last words unless it exits with 0."""
    command = [str(part) for part in command]
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise Failed(f"{' '.join(command)}: exit code {done.returncode}: {''.join(words)}")
    return done.stdout


@contextmanager
def environment(**variables):
    """Meanwhile these variables are set, or, where None, not set."""
    before = dict(os.environ)
    for name, value in variables.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class Starfmm:
    """The command of a build folder, and a folder of inputs and results."""

    def __init__(self, options):
        self.build = options.build.resolve()
        self.workers = options.workers
        self.folder = (options.results or self.build / "perf_results").resolve()
        self.data = self.folder / "data"
        self.data.mkdir(parents=True, exist_ok=True)

    def command(self, *arguments):
        return run([self.build / "starfmm", *arguments])

    def input(self, kind, n, *options):
        """A file of n points, the same whenever it is asked for."""
        name = "_".join([kind, str(n), *(o.strip("-") for o in map(str, options))])
        path = self.data / f"{name}.h5"
        if not path.exists():
            self.command("generate", kind, "-n", n, "--seed", 1, *options, "-o", path)
        return path

    def evaluate(self, path, *options, repeat=3, workers=None, out=None):
        """What `starfmm evaluate --json` says; `seconds` is the best evaluation's time."""
        out = out or self.data / "result.h5"
        told = json.loads(
            self.command("evaluate", path, "-o", out, "--json", "--repeat", repeat,
                         "--workers", workers or self.workers, *options)
        )
        told["seconds"] = min(told["evaluate_seconds"])
        return told

    def error(self, path, out, samples=300):
        """Relative L2 error of the potentials of a result."""
        told = self.command("verify", path, out, "--samples", samples, "--digits", 1, "--json")
        return json.loads(told)["potential_error"]


def cell(value):
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def table(rows):
    """Rows, dicts with the keys of the first, as a Markdown table."""
    lines = [list(rows[0]), ["---"] * len(rows[0])]
    lines += [[cell(value) for value in row.values()] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def say(text):
    print(text, file=sys.stderr, flush=True)


def load():
    """How busy the machine is: figures taken beside other work are worth less."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
