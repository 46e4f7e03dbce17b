#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Make a Debian machine ready and build: install what is missing, configure, compile.
#   perf/setup.sh [BUILD_FOLDER [CMAKE_OPTION...]]        default: build
#   perf/setup.sh --packages [PACKAGE...]                 install only, these too
#   TARGET=NAME perf/setup.sh ...                         compile no more than that target
set -eu
here=$(cd "$(dirname "$0")" && pwd)
packages="build-essential cmake pkg-config libstarpu-dev libhwloc-dev libopenblas-dev
libhdf5-dev hdf5-tools python3 python3-matplotlib python3-numpy python3-scipy"
if [ "${1:-}" = --packages ]; then
    shift
    # shellcheck disable=SC2086
    exec "$here/install_packages.sh" $packages "$@"
fi
build=${1:-$here/../build}
[ $# -gt 0 ] && shift
# shellcheck disable=SC2086
"$here/install_packages.sh" $packages
cmake -S "$here/.." -B "$build" -DCMAKE_BUILD_TYPE=Release "$@" >&2
cmake --build "$build" --parallel "$(nproc)" --target "${TARGET:-all}" >&2
