#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The scripts of perf/ on small problems: test_perf.sh SOURCE_FOLDER BUILD_FOLDER CASE
# Every function case_<name> is a CTest named perf.script.<name>.
source=$1
build=$2
case_name=$3
. "$(dirname "$0")/../support/cases.sh"

/usr/bin/python3 -c 'import matplotlib, numpy' 2>/dev/null && command -v h5dump >/dev/null ||
    skip "apt install python3-matplotlib hdf5-tools"

# Under a Python without packages (-S) each script says what to install.
case_missing_packages() {
    for script in "$source"/perf/*.py; do
        /usr/bin/python3 -S "$script" --help >out 2>&1 || grep -q 'apt install python3-' out ||
            fail "${script##*/}: $(tail -n 1 out)"
    done
}

# peers NAME [FAULT]...: a line of peers.json each, all for the case "cube 3".
peers() {
    comma=
    echo '{"programs": ['
    for fault; do
        echo "$comma"'{"name": "'"$fault"'", "environment": {"X": "1"},'
        echo '"command": ["'"$source"'/tests/perf/direct.py", "{input}", "{output}",'
        echo '"{repeat}"], "arguments": {"cube 3": ["'"$fault"'"]}}'
        comma=,
    done
    echo ']}'
}

# compare CODE OPTION...
compare() {
    expected=$1
    shift
    "$source/perf/compare.py" --build "$build" --results results --peers peers.json \
        --points 600 --repeat 2 --samples 50 "$@" >out 2>err
    code=$?
    [ $code = "$expected" ] || fail "exit code $code: $(cat err)"
}

# csv_is FILE EXPRESSION: of `rows`, dicts of its lines by the first column's values, or by the
# second's where the file is compare.csv's.
csv_is() {
    /usr/bin/python3 - "$1" "$2" <<'END' || fail "$1: not so: $2: $(cat "$1")"
import csv, sys
lines = list(csv.DictReader(open(sys.argv[1])))
rows = {line.get("program") or next(iter(line.values())): line for line in lines}
sys.exit(not eval(sys.argv[2]))
END
}

# An exact program is measured as exact, beside starfmm, on the very same sums.
case_compare() {
    peers exact wrong >peers.json
    compare 0 --cases "cube 3" "sphere 3"
    csv_is results/compare.csv 'len(lines) == 4'
    csv_is results/compare.csv 'float(rows["exact"]["error"]) < 1e-14'
    csv_is results/compare.csv 'abs(float(rows["wrong"]["error"]) - 0.1) < 1e-9'
    csv_is results/compare.csv '0 < float(lines[0]["error"]) < 1e-3'
    csv_is results/compare.csv 'float(rows["exact"]["setup seconds"]) == 0.25'
    csv_is results/compare.csv 'float(rows["exact"]["seconds"]) > 0'
    csv_is results/compare.csv 'float(rows["exact"]["peak MB"]) > 1'
    csv_is results/compare.csv \
        'float(rows["exact"]["lowest"]) <= float(rows["exact"]["starfmm / it"])'
    grep -q '^| cube 3 | [0-9.e-]* | [0-9.e-]* | exact |' out || fail "no summary"
    grep -q '^| sphere 3 | [0-9.e-]* | [0-9.e-]* | none |' out || fail "no case alone"
    grep -qx "$(tail -n 1 out)" results/compare.md || fail "compare.md is not what was printed"
}

case_compare_targets() {
    peers exact >peers.json
    compare 0 --cases "cube 3" --targets 37
    csv_is results/compare.csv 'float(rows["exact"]["error"]) < 1e-14'
    csv_is results/compare.csv '0 < float(rows["starfmm"]["error"]) < 1e-3'
}

# What goes wrong is told, costs the program its row, and nothing else.
case_compare_faults() {
    peers short absent silent broken exact >peers.json
    compare 1 --cases "cube 3" --rounds 1
    csv_is results/compare.csv 'sorted(rows) == ["exact", "starfmm"]'
    grep -q '^failed: cube 3: short: 599 potentials for 600 targets' err || fail "short"
    grep -q '^failed: cube 3: absent: no output' err || fail "absent"
    grep -q '^failed: cube 3: silent: no line' err || fail "silent"
    grep -q '^failed: cube 3: broken: exit code 1: out of steam' err || fail "broken"
}

# measure EXPERIMENT...
measure() {
    "$source/perf/run.py" --build "$build" --results results --quick --points 3000 "$@" \
        >out 2>err || fail "$(cat err)"
    for name in "$@"; do
        grep -qx "## $name" out || fail "no table of $name"
        [ -s "results/$name.png" ] || fail "no picture of $name"
    done
}

case_run_evaluations() {
    measure order share
    csv_is results/order.csv '[line["order"] for line in lines] == ["2", "4"]'
    csv_is results/order.csv '1e-1 > float(lines[0]["error"]) > 30 * float(lines[1]["error"])'
    csv_is results/share.csv 'abs(sum(float(line["percent"]) for line in lines) - 100) < 1e-6'
    csv_is results/share.csv 'all(float(line["percent"]) >= 0 for line in lines)'
}

case_run_refuses() {
    "$source/perf/run.py" --build "$build" --results results nothing >out 2>err &&
        fail "an unknown experiment"
    grep -q 'no experiment nothing' err || fail "$(cat err)"
}

# schedule EXPERIMENT...
schedule() {
    "$source/perf/schedule.py" --build "$build" --results results --quick --points 4000 "$@" \
        >out 2>err || fail "$(cat err)"
    for name in "$@"; do
        grep -qx "## $name" out || fail "no table of $name"
    done
}

case_schedule() {
    schedule policies granularity
    csv_is results/policies.csv '{line["policy"] for line in lines} >= {"lws", "prio", "dmdas"}'
    csv_is results/policies.csv 'all(0 <= float(line["idle"]) < 1 for line in lines)'
    csv_is results/policies.csv 'all(min(float(l["ratio"]) for l in lines if l["case"] == c) == 1
        for c in {line["case"] for line in lines})'
    csv_is results/granularity.csv 'all(float(line["ratio"]) == 1 for line in lines
        if line["setting"] == "automatic")'
    csv_is results/granularity.csv 'int(lines[-4]["tasks"]) > int(lines[-1]["tasks"]) > 0'
    for name in policies granularity_ratio granularity_overhead; do
        [ -s "results/$name.png" ] || fail "no picture $name"
    done
}

case_schedule_models() {
    [ -x "$build/perf/bench_models" ] || exit 77
    schedule models
    csv_is results/models.csv '{line["operator"] for line in lines} >= {"P2P", "GATHER"}'
    csv_is results/models.csv 'any(float(line["known"]) == 1 and
        float(line["median_error"]) < 1 for line in lines)'
    grep -q '^| P2P | [0-9.e-]* | [0-9.]* % |' out || fail "no summary: $(cat out)"
}

case_tune() {
    "$build/starfmm" generate cube -n 3000 -o in.h5 || fail "no input"
    STARFMM_N_CRIT=999 "$source/perf/tune.py" --build "$build" --results results --quick \
        --rounds 2 --repeat 2 in.h5 --digits 3 >out 2>err || fail "$(cat err)"
    grep -q '^load [0-9.]* on [0-9]* cores before' out || fail "no load: $(cat out)"
    for row in automatic STARPU_SCHED= STARFMM_N_CRIT= STARFMM_GROUP= STARFMM_M2L=dense; do
        grep -q "^| $row" out || fail "no row $row: $(cat out)"
    done
    grep '^| automatic ' out | grep -q 999 && fail "the automatic choice heeds STARFMM_N_CRIT"
    grep -qE '^(export STAR[PF]|nothing wins by more than the scatter$)' out || fail "no verdict"
    "$source/perf/tune.py" --build "$build" --results results missing.h5 >out 2>err &&
        fail "a missing input"
    grep -q '^failed: .*missing.h5' err || fail "$(cat err)"
}

# What wins by more than the scatter, its own and the automatic choice's; of a variable's
# values the best.
case_tune_chooses() {
    /usr/bin/python3 - "$source" <<'END' || fail "another choice"
import sys
sys.path.insert(0, sys.argv[1] + "/perf")
from tune import candidates, choose
def row(ratio, scatter): return {"ratio": ratio, "scatter": scatter}
tried = [({"A": "1"}, row(0.9, 0.02)), ({"A": "2"}, row(0.8, 0.02)), ({"A": "3"}, row(0.7, 0.4)),
         ({"B": "1"}, row(0.95, 0.01)), ({"C": "1"}, row(1.1, 0))]
assert choose(tried, row(1, 0.01)) == {"A": "2", "B": "1"}
assert choose(tried, row(1, 0.06)) == {"A": "2"}
assert choose(tried, row(1, 0.25)) == {}
automatic = {"tree": {"nodes": 100}, "n_groups": 4, "n_crit": 60, "m2l": "fourier",
             "scheduler": "lws"}
settings = candidates(automatic, False)
assert {"STARFMM_M2L": "dense"} in settings and {"STARPU_SCHED": "lws"} not in settings
assert {"STARFMM_N_CRIT": "30"} in settings and {"STARFMM_GROUP": "50"} in settings
assert all(len(s) == 1 for s in settings)
END
}

# scaling EXPRESSION of `chain`, the longest of the graph in graph.csv, and `simulate(cores)`.
scaling() {
    /usr/bin/python3 - "$source" "$build" "$1" <<'END' || fail "not so: $1"
import argparse, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1] + "/perf")
from scaling import Lab, critical_path
lab = Lab(argparse.Namespace(build=Path(sys.argv[2]), results=Path("results")))
chain = critical_path("graph.csv")
def simulate(cores): return lab.simulate("graph.csv", cores, 0)["seconds"]
sys.exit(not eval(sys.argv[3]))
END
}

# Two that read what one wrote, three that commute, one that reads what they left.
graph() {
    echo operator,level,priority,seconds,submit,accesses
    echo P2M,2,0,1,0,0w
    echo P2M,2,0,2,0,0r 1w
    echo P2M,2,0,3,0,0r 2w
    for _ in 1 2 3; do echo P2P,2,0,1,0,3c; done
    echo L2P,2,0,0.5,0,3r
}

case_scaling_critical_path() {
    graph >graph.csv
    scaling 'chain == 4'
    echo M2L,2,0,0.25,0,2r 3w >>graph.csv
    scaling 'chain == 4.25'
}

case_scaling_simulates() {
    [ -x "$build/perf/simulate" ] ||
        skip "no SimGrid build of StarPU (STARFMM_SIMGRID_PREFIX)"
    graph >graph.csv
    scaling 'abs(simulate(1) - 9.5) < 1e-3'
    scaling 'abs(simulate(8) - 4) < 1e-3'
    scaling '4.75 <= simulate(2) <= 6.75' # Graham's bounds
}

run_case "$case_name"
