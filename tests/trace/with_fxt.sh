#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What Debian's StarPU cannot do: build one that traces, and this library with it, below
# BUILD_FOLDER, and run the cases of test_trace.sh that need it.
#   with_fxt.sh COMMAND SOURCE_FOLDER BUILD_FOLDER       exit code 77: skipped
set -u
command=$1
source=$2
build=$3
starpu=$build/fxt/starpu
tool=$build/fxt/build/starfmm
log=$build/fxt/log
mkdir -p "$build/fxt" || exit 1

skip() {
    echo "skipped: $*" >&2
    exit 77
}

fail() {
    tail -n 20 "$log" >&2
    echo "failed: $*" >&2
    exit 1
}

"$command" info | grep -q 'without FxT' || skip "this StarPU has FxT: see trace.script"
"$source/perf/build_starpu.sh" "$starpu" >"$log" 2>&1 || {
    grep '^E: ' "$log" && skip "no source package of StarPU"
    fail "build_starpu.sh"
}
{
    cmake -S "$source" -B "$build/fxt/build" -DCMAKE_BUILD_TYPE=Release \
        -DSTARFMM_STARPU_PREFIX="$starpu" &&
        cmake --build "$build/fxt/build" --target starfmm_tool example_producer_consumer \
            --parallel "$(nproc)"
} >"$log" 2>&1 || fail "build with FxT"
for case in fxt_records paje graph no_barrier_in_the_graph host_program; do
    sh "$source/tests/trace/test_trace.sh" "$tool" "$source/perf/trace.sh" $case >"$log" 2>&1 ||
        fail "$case"
done
