#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Record one evaluation and show where its time went:
#   perf/trace.sh IN.h5 [OPTION...]        options of `starfmm evaluate` but -o and --json
# Environment: STARFMM    the command, default build/starfmm of this tree
#              TRACE_DIR  folder to write, made where missing, default ./trace
# Leaves there
#   timeline.svg, timeline.png  what each worker did, a colour per operator
#   operators.csv, summary.txt  the table that is printed
#   run.json, potentials.h5     of `starfmm evaluate`
# and, where StarPU has FxT (perf/build_starpu.sh builds one)
#   paje.trace                  for ViTE: states are operators, in the same colours
#   dag.dot                     the task graph, coloured
#   fxt/                        all that starpu_fxt_tool writes
# Of several evaluations (--repeat) the last one is drawn and counted.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
starfmm=${STARFMM:-$here/../build/starfmm}
folder=${TRACE_DIR:-trace}
[ $# -ge 1 ] || {
    echo "usage: trace.sh IN.h5 [OPTION...]" >&2
    exit 2
}
[ -x "$starfmm" ] || {
    echo "trace.sh: no command $starfmm: build it, or name it in STARFMM" >&2
    exit 2
}

# Debian's matplotlib is there for Debian's python3, which need not be the first in PATH.
find_python() {
    for python in python3 /usr/bin/python3; do
        "$python" -c 'import matplotlib' 2>/dev/null && return
    done
    return 1
}
find_python || {
    "$here/install_packages.sh" python3-matplotlib
    find_python
}

rm -rf "$folder/fxt" "$folder/timeline.csv"
mkdir -p "$folder/fxt"

# The converter must be of the StarPU that records.
libstarpu=$(ldd "$starfmm" | sed -n 's/.*libstarpu-1[^ ]* => \([^ ]*\) .*/\1/p')
fxt_tool=${libstarpu%/lib/*}/bin/starpu_fxt_tool
if [ -x "$fxt_tool" ]; then
    # The default buffer, 64 MB, is full after some 25 thousand tasks and flushed in between.
    export STARPU_FXT_TRACE=1 STARPU_FXT_PREFIX="$folder/fxt/" STARPU_FXT_SUFFIX=prof_file \
        STARPU_TRACE_BUFFER_SIZE="${STARPU_TRACE_BUFFER_SIZE:-256}"
else
    echo "trace.sh: $libstarpu has no FxT: no paje.trace and dag.dot" >&2
    rm -rf "$folder/fxt" "$folder/paje.trace" "$folder/dag.dot"
fi
"$starfmm" evaluate "$@" -o "$folder/potentials.h5" --timeline "$folder/timeline.csv" \
    --json >"$folder/run.json"
if [ -d "$folder/fxt" ]; then
    # It writes where it stands; its option -o does not work.
    (cd "$folder/fxt" && STARPU_FXT_TRACE=0 "$fxt_tool" -c -i prof_file*) >&2
fi
exec "$python" "$here/trace.py" "$folder"
