#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Make a Debian machine ready and build: install what is missing, configure, compile.
#   perf/setup.sh [BUILD_FOLDER [CMAKE_OPTION...]]        default: build
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$source/build}
[ $# -gt 0 ] && shift

packages="build-essential cmake pkg-config libstarpu-dev libhwloc-dev libopenblas-dev
libhdf5-dev hdf5-tools python3 gnuplot-nox"
missing=
for package in $packages; do
    dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q 'ok installed' ||
        missing="$missing $package"
done
if [ -n "$missing" ]; then
    as_root=
    [ "$(id -u)" = 0 ] || as_root=sudo
    echo "installing:$missing" >&2
    $as_root apt-get update -q >&2
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -q -y --no-install-recommends \
        $missing >&2
fi
cmake -S "$source" -B "$build" -DCMAKE_BUILD_TYPE=Release "$@" >&2
cmake --build "$build" --parallel "$(nproc)" >&2
