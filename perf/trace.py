#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Timeline, table and coloured traces of what StarPU has recorded, of any program.

    trace.py FOLDER

FOLDER is what perf/trace.sh has made, or where a program of yours has left StarPU's own traces.
Debian's StarPU records none; build_starpu.sh, beside this file, builds one that does:
    build_starpu.sh $HOME/starpu-fxt; mkdir FOLDER
    export LD_LIBRARY_PATH=$HOME/starpu-fxt/lib PATH=$HOME/starpu-fxt/bin:$PATH
    STARPU_FXT_TRACE=1 STARPU_FXT_PREFIX=FOLDER/ YOUR_PROGRAM
Reads, where they are there, run.json and timeline.csv (of `starfmm evaluate`), and
prof_file* or fxt/ with tasks.rec, paje.trace, dag.dot (of StarPU and starpu_fxt_tool).  Writes
timeline.svg, timeline.png, operators.csv and summary.txt, and of StarPU's traces paje.trace and
dag.dot with the same colours.  Tasks of starfmm are told by operator; the others, hatched in the
picture, by their names without numbers.
"""
import csv
import itertools
import json
import re
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

try:
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch
except ImportError:
    sys.exit("trace.py: no matplotlib: apt install python3-matplotlib, and /usr/bin/python3")

# The operators in their order, with the colours of their rows in the library (a test compares).
COLORS = {
    "GATHER": "#9e9e9e",
    "P2M": "#8bc34a",
    "M2M": "#2e7d32",
    "M2F": "#4fc3f7",
    "M2L": "#1565c0",
    "P2L": "#ffb300",
    "L2L": "#7b1fa2",
    "L2P": "#ba68c8",
    "M2P": "#fdd835",
    "P2P": "#8d5524",
    "SCATTER": "#616161",
}
HOST_COLORS = "#00897b", "#ec407a", "#26c6da", "#afb42b", "#ff8a65", "#3949ab", "#c0ca33"
OURS = tuple(COLORS)
# "P2P_l4_g17", "pressure_P2P_l4_g17": operator, level of the tree, group within the level.
TASK_NAME = re.compile(r"\b(?:[^\s\"]*_)?(%s)_(l\d+_g\d+)" % "|".join(OURS))

NEAR = {"P2P"}
UP = {"P2M", "M2M"}
FAR = UP | {"M2F", "M2L", "L2L", "L2P"}
BINS = 400  # of the picture's lower panel
MANY = 5000  # tasks beyond which an SVG holds pixels rather than rectangles


@dataclass
class Task:
    op: str
    worker: int
    start: float  # seconds since the first task began
    end: float
    job: str = ""  # FxT's identity

    @property
    def seconds(self):
        return self.end - self.start


# ---- reading ---------------------------------------------------------------------------


def read_timeline(path):
    with open(path, newline="") as file:
        return [
            Task(r["operator"], int(r["worker"]), float(r["start"]), float(r["end"]))
            for r in csv.DictReader(file)
        ]


def read_records(path):
    """The records of a GNU recutils file such as tasks.rec."""
    for block in path.read_text().split("\n\n"):
        yield dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)


def kind_of(name):
    """Operator of a task of ours; else the name without what numbers it."""
    ours = TASK_NAME.fullmatch(name)
    return ours[1] if ours else re.sub(r"[_\W]*\d[_\W\d]*", "", name) or "unnamed"


def read_fxt(path):
    """All tasks that ran, and on which jobs each job depends."""
    tasks, depends = [], {}
    for r in read_records(path):
        if "JobId" not in r:
            continue
        depends[r["JobId"]] = set(r.get("DependsOn", "").split())
        if "EndTime" in r:
            times = (float(r[key]) / 1000 for key in ("StartTime", "EndTime"))
            kind = kind_of(r.get("Name", r.get("Model", "")))
            tasks.append(Task(kind, int(r["WorkerId"]), *times, r["JobId"]))
    return tasks, depends


def keep_last(tasks, n):
    """The last n tasks of ours: those of the last evaluation."""
    ours = [t for t in tasks if t.op in OURS]
    return sorted(ours, key=lambda t: int(t.job))[-n:]


def convert(folder):
    """StarPU's own records in FOLDER, by the tool that is beside the StarPU in use."""
    records = sorted(folder.glob("prof_file*"))
    if not records or (folder / "fxt" / "tasks.rec").exists():
        return
    tool = shutil.which("starpu_fxt_tool")
    if not tool:
        sys.exit("trace.py: no starpu_fxt_tool in PATH: it is in bin/ of the StarPU that recorded")
    (folder / "fxt").mkdir(exist_ok=True)
    inputs = [option for path in records for option in ("-i", str(path.resolve()))]
    subprocess.run([tool, "-c", *inputs], cwd=folder / "fxt", check=True, stdout=sys.stderr)


def color_host(tasks):
    """Colours of what is not ours, those that took longest first."""
    seconds = {}
    for t in tasks:
        if t.op not in COLORS:
            seconds[t.op] = seconds.get(t.op, 0) + t.seconds
    for i, op in enumerate(sorted(seconds, key=seconds.get, reverse=True)):
        COLORS[op] = HOST_COLORS[i % len(HOST_COLORS)]


def start_at_zero(tasks):
    begin = min((t.start for t in tasks), default=0)
    for t in tasks:
        t.start, t.end = t.start - begin, t.end - begin


# ---- what it tells ---------------------------------------------------------------------


def critical_path(tasks, depends):
    """The tasks of the longest chain of dependencies, by the times that they took."""
    of_job = {t.job: t for t in tasks}
    length, before = {}, {}
    for job in TopologicalSorter(depends).static_order():
        last = max(depends.get(job, ()), key=lambda d: length[d], default=None)
        before[job] = last
        length[job] = length.get(last, 0) + (of_job[job].seconds if job in of_job else 0)
    path, job = [], max(length, key=length.get)
    while job is not None:
        if job in of_job:
            path.append(of_job[job])
        job = before[job]
    return path[::-1]


def busy_intervals(tasks, ops):
    """When at least one task of these operators runs: disjoint, in order."""
    merged = []
    for t in sorted((t for t in tasks if t.op in ops), key=lambda t: t.start):
        if merged and t.start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], t.end)
        else:
            merged.append([t.start, t.end])
    return merged


def seconds_together(a, b):
    """How long two lists of disjoint intervals, in order, overlap."""
    total = i = j = 0
    while i < len(a) and j < len(b):
        total += max(0, min(a[i][1], b[j][1]) - max(a[i][0], b[j][0]))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return total


def operator_rows(tasks, run):
    for op in COLORS:
        seconds = [t.seconds for t in tasks if t.op == op]
        if seconds:
            flops = run["operators"][op]["flops"] if run and op in OURS else 0
            yield {
                "operator": op,
                "tasks": len(seconds),
                "seconds": sum(seconds),
                "median_ms": 1e3 * statistics.median(seconds),
                "gflop": 1e-9 * flops,
                "gflop_per_s": 1e-9 * flops / sum(seconds),
            }


def write_table(path, rows):
    with open(path, "w", newline="") as file:
        table = csv.DictWriter(file, rows[0], lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def table_lines(tasks, rows):
    titles = "tasks", "seconds", "median ms", "GFlop", "GFlop/s"
    yield "{:16}{:>8}{:>10}{:>11}{:>9}{:>9}".format("operator", *titles)
    for r in rows:
        line = f"{r['operator']:16}{r['tasks']:8}{r['seconds']:10.4f}{r['median_ms']:11.3f}"
        yield line + (f"{r['gflop']:9.3f}{r['gflop_per_s']:9.2f}" if r["gflop"] else "")
    yield f"{'all':16}{len(tasks):8}{sum(t.seconds for t in tasks):10.4f}"


def worker_lines(tasks):
    wall = max(t.end for t in tasks)
    yield f"first task to last: {wall:.4f} s"
    for worker in sorted({t.worker for t in tasks}):
        busy = sum(t.seconds for t in tasks if t.worker == worker)
        yield f"worker {worker}: idle {100 * (1 - busy / wall):.1f} %"


def graph_lines(tasks, depends):
    if depends:
        path = critical_path(tasks, depends)
        ops = " ".join(op for op, _ in itertools.groupby(t.op for t in path))
        length = sum(t.seconds for t in path)
        yield f"critical path: {length:.4f} s in {len(path)} tasks: {ops}"
    near, far = busy_intervals(tasks, NEAR), busy_intervals(tasks, FAR)
    yield f"near and far field side by side: {seconds_together(near, far):.4f} s"
    up, m2l = busy_intervals(tasks, UP), busy_intervals(tasks, {"M2L"})
    if up and m2l:
        yield f"M2L begins at {m2l[0][0]:.4f} s, P2M and M2M end at {up[-1][1]:.4f} s"


# ---- pictures --------------------------------------------------------------------------


def draw_workers(axes, tasks):
    workers = sorted({t.worker for t in tasks})
    bars = {}
    for t in tasks:
        bars.setdefault((t.op, t.worker), []).append((t.start, t.seconds))
    for (op, worker), spans in bars.items():
        middle = workers.index(worker)
        axes.broken_barh(
            spans,
            (middle - 0.4, 0.8),
            facecolors=COLORS[op],
            rasterized=len(tasks) > MANY,
            **({} if op in OURS else {"hatch": "///", "edgecolor": "white", "linewidth": 0}),
        )
    axes.set_yticks(range(len(workers)), [f"worker {w}" for w in workers])
    axes.invert_yaxis()


def draw_operators(axes, tasks, wall):
    """How many workers run each operator, averaged over short spans."""
    width = wall / BINS
    level = {op: [0.0] * BINS for op in COLORS}
    for t in tasks:
        for b in range(int(t.start / width), min(int(t.end / width), BINS - 1) + 1):
            inside = min(t.end, (b + 1) * width) - max(t.start, b * width)
            level[t.op][b] += inside / width
    middles = [(b + 0.5) * width for b in range(BINS)]
    axes.stackplot(middles, level.values(), colors=COLORS.values(), step="mid")
    axes.set_ylabel("busy workers")
    axes.set_xlabel("seconds")


def draw(folder, tasks, title):
    wall = max(t.end for t in tasks)
    height = max(1.5, 0.35 * len({t.worker for t in tasks}))
    figure = Figure(figsize=(14, height + 3))
    above, below = figure.subplots(
        2, 1, sharex=True, gridspec_kw={"height_ratios": (height, 2)}
    )
    draw_workers(above, tasks)
    draw_operators(below, tasks, wall)
    below.set_xlim(0, wall)
    above.set_title(title, loc="left")
    used = {t.op for t in tasks}
    patches = [Patch(color=c, label=op) for op, c in COLORS.items() if op in used]
    figure.tight_layout(rect=(0, 0, 0.94 - 0.006 * max(map(len, used)), 1))
    figure.legend(handles=patches, loc="center right", frameon=False)
    for ending in ("svg", "png"):
        figure.savefig(folder / f"timeline.{ending}", dpi=150)


# ---- StarPU's files, coloured ----------------------------------------------------------


def fraction(color):
    """StarPU 1.3 writes the colours of tasks as 0 ... 255 where Paje wants 0 ... 1."""
    parts = [float(part) for part in color.split()]
    return " ".join("%f" % (p / 255 if max(parts) > 1 else p) for p in parts)


def rgb_of(color):
    return " ".join("%f" % (int(color[i : i + 2], 16) / 255) for i in (1, 3, 5))


def color_paje(source, target):
    """One state per operator, or kind of the host's tasks, in place of one per task, whose level
    and group, or name, go to the parameters."""
    states = set()
    with open(source) as lines, open(target, "w") as out:
        for line in lines:
            fields = line.rstrip("\n").split("\t")
            if fields[0] == "6":
                line = re.sub(r'"([\d. ]+)"', lambda m: f'"{fraction(m[1])}"', line)
                if re.fullmatch(TASK_NAME.pattern + r"_\d+", fields[1]):
                    continue  # of a scheduling context: no event has it
                kind = kind_of(fields[1])
                if kind in COLORS:
                    line = f'6\t{kind}\t{fields[2]}\t"{kind}"\t"{rgb_of(COLORS[kind])}"\n'
                if line in states:
                    continue
                states.add(line)
            elif fields[0] in ("10", "20") and len(fields) > 4:
                name = fields[4].strip('"')
                kind = kind_of(name)
                if kind in COLORS:
                    fields[4] = f'"{kind}"' if fields[4][0] == '"' else kind
                    if fields[0] == "20":
                        fields[6] = name.split(kind + "_")[-1] + "_" + fields[6]
                    line = "\t".join(fields) + "\n"
            out.write(line)


def color_dag(source, target):
    """StarPU colours by a hash of the name."""
    with open(source) as lines, open(target, "w") as out:
        for line in lines:
            label = re.search(r'label="([^"]*)"', line)
            color = COLORS.get(kind_of(label[1])) if label else None
            if color:
                line = re.sub(r'fillcolor="[^"]*"', f'fillcolor="{color}"', line)
            out.write(line)


def title_of(run, tasks):
    if not run:
        ours = sum(t.op in OURS for t in tasks)
        return f"{len(tasks)} tasks, {ours} of starfmm"
    return (
        f"{run['n_sources']} sources, {run['kernel']}, {run['precision']}, "
        f"order {run['order']}: {len(tasks)} tasks"
    )


def main(folder):
    run = None
    if (folder / "run.json").exists():
        run = json.loads((folder / "run.json").read_text())
    convert(folder)
    fxt = folder / "fxt" if (folder / "fxt").is_dir() else folder
    depends = {}
    if (fxt / "tasks.rec").exists():
        tasks, depends = read_fxt(fxt / "tasks.rec")
        if run:
            tasks = keep_last(tasks, run["tasks"])
        color_host(tasks)
        if fxt != folder:
            color_paje(fxt / "paje.trace", folder / "paje.trace")
            color_dag(fxt / "dag.dot", folder / "dag.dot")
    elif (folder / "timeline.csv").exists():
        tasks = read_timeline(folder / "timeline.csv")
    else:
        sys.exit(f"trace.py: {folder} holds no prof_file*, tasks.rec or timeline.csv")
    if run and len(tasks) != run["tasks"]:
        sys.exit(f"trace.py: {len(tasks)} of {run['tasks']} tasks are in the trace")
    if not tasks:
        sys.exit("trace.py: no task ran in this trace")
    start_at_zero(tasks)
    rows = list(operator_rows(tasks, run))
    write_table(folder / "operators.csv", rows)
    parts = table_lines(tasks, rows), [""], worker_lines(tasks), graph_lines(tasks, depends)
    text = "\n".join(itertools.chain(*parts))
    (folder / "summary.txt").write_text(text + "\n")
    print(text)
    draw(folder, tasks, title_of(run, tasks))


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__)
        sys.exit(0 if "--help" in sys.argv else 2)
    main(Path(sys.argv[1]))
