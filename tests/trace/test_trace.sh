#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What perf/trace.sh leaves behind: test_trace.sh STARFMM TRACE_SH CASE
# Every function case_<name> is a CTest named trace.script.<name>.
set -u
STARFMM=$1
trace=$2
operators=$(dirname "$2")/../src/operators
other=e91e63 # the row of other targets, which no evaluation has
case_name=$3
failures=0
work=$(mktemp -d "${TMPDIR:-/tmp}/starfmm-trace-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export STARFMM TRACE_DIR="$work/t"

fail() {
    echo "failed: $*" >&2
    failures=$((failures + 1))
}

skip() {
    echo "skipped: $*" >&2
    exit 77
}

# Small, but with a task of every operator: on a helix the lists W and X are not empty.
record() {
    for python in python3 /usr/bin/python3; do
        "$python" -c 'import matplotlib' 2>/dev/null && break
    done || skip "no matplotlib: apt install python3-matplotlib"
    "$STARFMM" generate helix -n 20000 --seed 3 -o in.h5 >out 2>&1 || fail "$(cat out)"
    sh "$trace" in.h5 --digits 3 --n-crit 100 --group-size 8 "$@" >table 2>err || fail "$(cat err)"
    python3 - >expected <<'END' || fail "run.json"
import json
for name, op in json.load(open("t/run.json"))["operators"].items():
    print(name, op["tasks"])
END
}

record_fxt() {
    record
    grep -q 'has no FxT' err && skip "$(cat err)"
}

# counts WHAT, with lines "OPERATOR COUNT" on stdin: as `starfmm evaluate` counted its tasks.
counts() {
    sort >found
    awk '$2 > 0' expected | sort | diff - found >&2 || fail "$1: other tasks than expected"
}

case_every_operator_has_tasks() {
    record
    awk '$2 == 0' expected >none
    [ -s none ] && fail "no tasks: $(cat none)"
}

case_table() {
    record
    tail -n +2 t/operators.csv | tr , ' ' | cut -d ' ' -f 1,2 | counts operators.csv
    for line in 'worker 0: idle' 'near and far field side by side'; do
        grep -q "$line" table || fail "not in the table: $line"
    done
    cmp -s table t/summary.txt || fail "summary.txt is not what was printed"
}

case_timeline_file() {
    record
    sed 1d t/timeline.csv | cut -d , -f 1 | sort | uniq -c | awk '{print $2, $1}' |
        counts timeline.csv
    "$STARFMM" evaluate in.h5 -o out.h5 --timeline no/such/folder >out 2>err
    code=$?
    [ $code -eq 4 ] || fail "exit code $code where the timeline cannot be written"
    [ -e out.h5 ] && fail "the potentials were written all the same"
    "$STARFMM" evaluate in.h5 -o out.h5 --timeline in.h5 >out 2>err
    code=$?
    [ $code -eq 2 ] || fail "exit code $code where the timeline is the input"
}

# Each colour of a task is in the picture.
case_picture() {
    record
    cat "$operators"/*_t.c "$operators"/*/*_t.c | sed -n 's/^ *\.color = 0x\(.*\),.*/\1/p' |
        grep -v "$other" >colors
    [ "$(wc -l <colors)" = 11 ] || fail "colors of 11 operators"
    while read -r color; do
        grep -q "#$color" t/timeline.svg || fail "no #$color in timeline.svg"
    done <colors
    [ "$(head -c 4 t/timeline.png | tail -c 3)" = PNG ] || fail "timeline.png is no PNG"
}

case_only_the_last_evaluation() {
    record --repeat 3
    tail -n +2 t/operators.csv | tr , ' ' | cut -d ' ' -f 1,2 | counts operators.csv
}

# StarPU's own file, untouched.
case_fxt_records() {
    record_fxt
    sed -n 's/^Name: \([A-Z0-9]*\)_l[0-9]*_g[0-9]*$/\1/p' t/fxt/tasks.rec | sort | uniq -c |
        awk '{print $2, $1}' | counts tasks.rec
    grep -q '^critical path: [0-9.]* s in' table || fail "no critical path"
}

case_paje() {
    record_fxt
    awk -F '\t' '$1 == 10 && $4 == "WS" {gsub("\"", "", $5); print $5}' t/paje.trace |
        grep -Ex "$(awk '{print $1}' expected | paste -sd '|')" | sort | uniq -c |
        awk '{print $2, $1}' | counts paje.trace
    awk -F '\t' '$1 == 6 && $3 == "WS" {print $4}' t/paje.trace | sort | uniq -d >twice
    [ -s twice ] && fail "states defined twice: $(cat twice)"
    awk -F '\t' '$1 == 6 {gsub("\"", "", $5); split($5, c, " ")
        for (i in c) if (c[i] > 1) print $4, $5}' t/paje.trace >beyond
    [ -s beyond ] && fail "colours beyond 1: $(cat beyond)"
}

# One node per task, in its operator's colour.
case_graph() {
    record_fxt
    sed -n 's/.*label="\([A-Z0-9]*\)_l[0-9]*_g[0-9]*", fillcolor="#.*/\1/p' t/dag.dot |
        sort | uniq -c | awk '{print $2, $1}' | counts dag.dot
    color=$(sed -n 's/^ *\.color = 0x\(.*\),.*/\1/p' "$operators/p2p_t.c")
    grep 'label="P2P_' t/dag.dot | grep -qv "#$color" && fail "a P2P node is not #$color"
}

# Of the dependencies, not of the times: near and far field do not wait for each other, and
# some M2L task does without some task of the upward pass.
case_no_barrier_in_the_graph() {
    record_fxt
    python3 - t/fxt/tasks.rec <<'END' || fail "a barrier"
import sys
name, depends = {}, {}
for block in open(sys.argv[1]).read().split("\n\n"):
    r = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
    if "JobId" in r:
        name[r["JobId"]] = r.get("Name", "").split("_")[0]
        depends[r["JobId"]] = r.get("DependsOn", "").split()

def ancestors(job):
    seen, todo = set(), [job]
    while todo:
        new = set(depends.get(todo.pop(), ())) - seen
        seen |= new
        todo += new
    return seen

def jobs(*ops):
    return {job for job in name if name[job] in ops}

up, far = jobs("P2M", "M2M"), jobs("P2M", "M2M", "M2F", "M2L", "L2L", "L2P")
near = jobs("P2P")
if any(ancestors(job) & far for job in near):
    sys.exit("a P2P task waits for the far field")
if any(ancestors(job) & near for job in far):
    sys.exit("a far-field task waits for a P2P task")
if all(ancestors(job) >= up for job in jobs("M2L")):
    sys.exit("every M2L task waits for the whole upward pass")
END
}

# A program of the user's: ours by operator, its own tasks by name, the same colours everywhere.
case_host_program() {
    record
    host=$(dirname "$STARFMM")/tests/examples/producer_consumer
    [ -x "$host" ] || skip "no program with this StarPU"
    libstarpu=$(ldd "$STARFMM" | sed -n 's/.*libstarpu-1[^ ]* => \([^ ]*\) .*/\1/p')
    [ -x "${libstarpu%/lib/*}/bin/starpu_fxt_tool" ] || skip "this StarPU has no FxT"
    mkdir host
    STARPU_FXT_TRACE=1 STARPU_FXT_PREFIX="$work/host/" "$host" >out 2>&1 || fail "$(cat out)"
    PATH=${libstarpu%/lib/*}/bin:$PATH "$python" "$(dirname "$trace")/trace.py" host >table 2>err ||
        fail "$(cat err)"
    for name in produce consume P2P; do
        grep -q "^$name " table || fail "no $name in the table: $(cat table)"
    done
    grep -q '#8d5524' host/timeline.svg || fail "P2P is not in the picture"
    hosts=$(sed -n 's/.*label="produce", fillcolor="\(#[0-9a-f]*\)".*/\1/p' host/dag.dot | sort -u)
    grep -q "$hosts" host/timeline.svg || fail "produce is '$hosts' in dag.dot alone"
    grep -q '^6.produce.WS."produce"' host/paje.trace || fail "no state of produce"
}

"case_$case_name"
[ $failures -eq 0 ]
