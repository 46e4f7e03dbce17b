#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Build a StarPU that can do more than Debian's (no FxT, at most 4 CPU workers), from
# Debian's own source package, into PREFIX:
#   perf/build_starpu.sh PREFIX [--fast] [--simgrid] [--max-cpus N]
# As it is: with FxT, for traces; timings are better taken without it.
#   --fast        without FxT and without StarPU's own checks, for timings
#   --simgrid     simulates a machine instead of running kernels
#   --max-cpus N  CPU workers at most; default: the machine's CPUs, at least 16
# Then: cmake -DSTARFMM_STARPU_PREFIX=PREFIX ...  Whatever uses one StarPU must be compiled
# against it: the layout of its public structs depends on these options, its soname does not.
# A PREFIX that was built with the same options is left alone.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

die() {
    echo "build_starpu.sh: $*" >&2
    exit 2
}

prefix='' fast='' simgrid='' cpus=$(nproc)
[ "$cpus" -ge 16 ] || cpus=16
while [ $# -gt 0 ]; do
    case $1 in
    --fast) fast=yes ;;
    --simgrid) simgrid=yes ;;
    --max-cpus)
        [ $# -gt 1 ] || die "--max-cpus needs a number"
        cpus=$2
        shift
        ;;
    -*) die "unknown option $1" ;;
    *)
        [ -z "$prefix" ] || die "more than one PREFIX: $prefix, $1"
        prefix=$1
        ;;
    esac
    shift
done
[ -n "$prefix" ] || die "usage: build_starpu.sh PREFIX [--fast] [--simgrid] [--max-cpus N]"
[ "$cpus" -ge 1 ] 2>/dev/null || die "--max-cpus $cpus is no number of workers"
mkdir -p "$prefix"
prefix=$(cd "$prefix" && pwd)

packages="build-essential pkg-config libhwloc-dev"
options="--enable-maxcpus=$cpus --disable-build-doc --disable-build-doc-pdf
--disable-build-tests --disable-build-examples --disable-opencl --disable-cuda --disable-mpi
--disable-starpufft --disable-socl --disable-opengl-render --disable-openmp
--disable-starpurm --disable-fortran --disable-hdf5 --disable-static"
if [ "$fast" ]; then
    options="$options --enable-fast"
else
    # With 16 memory nodes, as Debian's build has them, programs compiled against Debian's
    # headers can be traced too, by LD_LIBRARY_PATH.
    options="$options --with-fxt --enable-maxnodes=16"
    packages="$packages libfxt-dev"
fi
if [ "$simgrid" ]; then
    options="$options --enable-simgrid"
    packages="$packages libsimgrid-dev libboost-dev"
fi
options=$(echo "$options" | tr '\n' ' ')

stamp=$prefix/share/starpu/starfmm-build.txt
if [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$options" ]; then
    echo "$prefix is up to date" >&2
    exit 0
fi

# shellcheck disable=SC2086
"$here/install_packages.sh" $packages

# The machine's own package lists, with sources, in a folder of ours: /etc stays as it is.
work=$(mktemp -d "${TMPDIR:-/tmp}/starpu-build-XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/parts" "$work/lists/partial"
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list \
    /etc/apt/sources.list.d/*.sources; do
    grep -Eqs 'debian|ubuntu' "$list" || continue
    sed -E -e 's/^Types:.*/Types: deb-src/' -e 's/^deb /deb-src /' \
        "$list" >"$work/parts/${list##*/}"
done
apt() {
    apt-get -q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/parts" \
        -o Dir::State::lists="$work/lists" -o Dir::Cache::pkgcache= \
        -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root "$@"
}

build() {
    # shellcheck disable=SC2086
    cd "$work" && apt update && apt source starpu && cd starpu-*/ &&
        ./configure --prefix="$prefix" $options && make -j"$(nproc)" && make install
}
log=$prefix/build.log
echo "building StarPU, log in $log" >&2
build >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    exit 1
}
mkdir -p "${stamp%/*}"
echo "$options" >"$stamp"
echo "StarPU is in $prefix: cmake -DSTARFMM_STARPU_PREFIX=$prefix" >&2
