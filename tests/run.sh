#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Set up, build and run all tests.   tests/run.sh [CTEST_OPTION...]
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
"$source/perf/setup.sh" "$source/build" -DSTARFMM_WERROR=ON
cd "$source/build"
exec ctest --output-on-failure -j "$(nproc)" "$@"
