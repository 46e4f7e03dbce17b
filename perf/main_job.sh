#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The main job: a million charges on a sphere (the problem of the PyExaFMM paper: order 6,
# n_crit 150), evaluated and verified, with a table and a picture of where the time went.
#   perf/main_job.sh [N]        default 1000000; everything is left in build/main_job
set -eu
here=$(cd "$(dirname "$0")" && pwd)
points=${1:-1000000}
TARGET=starfmm_tool "$here/setup.sh"
out=$here/../build/main_job
starfmm=$here/../build/starfmm
mkdir -p "$out"
"$starfmm" generate sphere -n "$points" --seed 1 -o "$out/in.h5"
"$starfmm" evaluate "$out/in.h5" -o "$out/out.h5" --order 6 --n-crit 150 --repeat 5
"$starfmm" verify "$out/in.h5" "$out/out.h5" --samples 500 --digits 6
STARFMM=$starfmm TRACE_DIR=$out/trace "$here/trace.sh" "$out/in.h5" --order 6 --n-crit 150 --repeat 3
echo "timeline: $out/trace/timeline.png"
