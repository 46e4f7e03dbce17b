#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Install into a temporary prefix and build a downstream program there: consume.sh CASE, with
# SFM_BUILD, SFM_CMAKE, SFM_CC, SFM_LIBDIR and SFM_STARPU_PREFIX set.
set -eu
downstream=$(cd "$(dirname "$0")/downstream" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/starfmm-consume-XXXXXX")
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
"$SFM_CMAKE" --install "$SFM_BUILD" --prefix "$prefix" >"$work/log" || {
    cat "$work/log" >&2
    exit 1
}
export PKG_CONFIG_PATH="$prefix/$SFM_LIBDIR/pkgconfig:${PKG_CONFIG_PATH:-}"
export LD_LIBRARY_PATH="$prefix/$SFM_LIBDIR:${SFM_STARPU_PREFIX:+$SFM_STARPU_PREFIX/lib:}${LD_LIBRARY_PATH:-}"

fail() {
    echo "failed: $*" >&2
    exit 1
}

# uses_shared PROGRAM: it asks the loader for our shared library.
uses_shared() {
    readelf -d "$1" | grep -q 'NEEDED.*libstarfmm\.so'
}

case_cmake() {
    "$SFM_CMAKE" -S "$downstream" -B "$work/build" -DCMAKE_PREFIX_PATH="$prefix" \
        -DCMAKE_C_COMPILER="$SFM_CC" >"$work/log" || fail "$(cat "$work/log")"
    "$SFM_CMAKE" --build "$work/build" >"$work/log" || fail "$(cat "$work/log")"
    uses_shared "$work/build/program" || fail "program is not linked with the shared library"
    if uses_shared "$work/build/program_static"; then fail "program_static is"; fi
    "$work/build/program"
    "$work/build/program_static"
}

case_cmake_other_version() {
    if "$SFM_CMAKE" -S "$downstream" -B "$work/build" -DCMAKE_PREFIX_PATH="$prefix" \
        -DCMAKE_C_COMPILER="$SFM_CC" -DWANTED=99.0 >"$work/log" 2>&1; then
        fail "version 99.0 was found"
    fi
    grep -q 'starfmm' "$work/log" || fail "$(cat "$work/log")"
}

case_make() {
    cp "$downstream/Makefile" "$downstream/program.c" "$work"
    make -s -C "$work" CC="$SFM_CC" program program_static
    uses_shared "$work/program" || fail "program is not linked with the shared library"
    if uses_shared "$work/program_static"; then fail "program_static is"; fi
    "$work/program"
    "$work/program_static"
}

# The tree works from another place than the one it was installed to.
case_moved() {
    mv "$prefix" "$work/elsewhere"
    prefix=$work/elsewhere
    PKG_CONFIG_PATH="$prefix/$SFM_LIBDIR/pkgconfig"
    LD_LIBRARY_PATH="$prefix/$SFM_LIBDIR:$LD_LIBRARY_PATH"
    case_make
    rm -f "$work/program" "$work/program_static"
    case_cmake
}

case_command() {
    "$prefix/bin/starfmm" --help >"$work/out"
    grep -q evaluate "$work/out" || fail "$(cat "$work/out")"
}

# The version that pkg-config tells is the header's and the library's file name.
case_version() {
    version=$(pkg-config --modversion starfmm)
    [ -f "$prefix/$SFM_LIBDIR/libstarfmm.so.$version" ] || fail "no libstarfmm.so.$version"
    for part in MAJOR MINOR PATCH; do
        awk -v p="STARFMM_VERSION_$part" '$2 == p { print $3 }' "$prefix/include/starfmm.h"
    done | paste -sd . | grep -qx "$version" || fail "starfmm.h is not of version $version"
}

# The shared library's users see none of its own dependencies.
case_nothing_leaks() {
    case " $(pkg-config --libs --cflags starfmm) " in
    *starpu* | *hdf5* | *openblas* | *hwloc*) fail "$(pkg-config --libs --cflags starfmm)" ;;
    esac
}

"case_$1"
