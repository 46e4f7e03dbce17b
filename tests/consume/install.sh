#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Install into a temporary prefix and build downstream programs there: install.sh CASE, with
# SFM_BUILD, SFM_CMAKE, SFM_CC, SFM_LIBDIR, SFM_STARPU_PREFIX and SFM_SHARED_LIBS set.
. "$(dirname "$0")/lib.sh"
downstream=$here/downstream
prefix=$work/prefix
quietly "$SFM_CMAKE" --install "$SFM_BUILD" --prefix "$prefix"
export PKG_CONFIG_PATH="$prefix/$SFM_LIBDIR/pkgconfig:${SFM_STARPU_PREFIX:+$SFM_STARPU_PREFIX/lib/pkgconfig:}${PKG_CONFIG_PATH:-}"
export LD_LIBRARY_PATH="$prefix/$SFM_LIBDIR:${SFM_STARPU_PREFIX:+$SFM_STARPU_PREFIX/lib:}${LD_LIBRARY_PATH:-}"

# linked_as_asked FOLDER: program with the library that BUILD_SHARED_LIBS made, program_static
# with the static one.
linked_as_asked() {
    if [ "$SFM_SHARED_LIBS" = ON ]; then
        uses_shared "$1/program" || fail "program is not linked with the shared library"
    fi
    if uses_shared "$1/program_static"; then fail "program_static is"; fi
}

case_cmake() {
    quietly "$SFM_CMAKE" -S "$downstream" -B "$work/build" -DCMAKE_PREFIX_PATH="$prefix" \
        -DCMAKE_C_COMPILER="$SFM_CC"
    quietly "$SFM_CMAKE" --build "$work/build"
    linked_as_asked "$work/build"
    for program in program program_static program_starpu; do "$work/build/$program"; done
}

case_cmake_other_version() {
    if "$SFM_CMAKE" -S "$downstream" -B "$work/build" -DCMAKE_PREFIX_PATH="$prefix" \
        -DCMAKE_C_COMPILER="$SFM_CC" -DWANTED=99.0 >"$work/log" 2>&1; then
        fail "version 99.0 was found"
    fi
    grep -q 'starfmm' "$work/log" || fail "$(cat "$work/log")"
}

case_make() {
    mkdir -p "$work/make"
    cp "$downstream/Makefile" "$downstream"/*.c "$work/make"
    make -s -C "$work/make" CC="$SFM_CC" program program_static program_starpu
    linked_as_asked "$work/make"
    for program in program program_static program_starpu; do "$work/make/$program"; done
}

# Kernels of a program's own, of the installed headers alone.
case_own_kernels() {
    cd "$here/../examples"
    # shellcheck disable=SC2046
    "$SFM_CC" -O2 own_kernels.c biot_savart.c crystal.c -I. -o "$work/own_kernels" \
        $(pkg-config --cflags --libs starfmm) -lm
    "$work/own_kernels"
}

# The tree works from another place than the one it was installed to.
case_moved() {
    mv "$prefix" "$work/elsewhere"
    prefix=$work/elsewhere
    PKG_CONFIG_PATH="$prefix/$SFM_LIBDIR/pkgconfig:$PKG_CONFIG_PATH"
    LD_LIBRARY_PATH="$prefix/$SFM_LIBDIR:$LD_LIBRARY_PATH"
    case_make
    case_cmake
}

case_command() {
    "$prefix/bin/starfmm" --help >"$work/out"
    grep -q evaluate "$work/out" || fail "$(cat "$work/out")"
}

# The version that pkg-config tells is the header's and the library's file name.
case_version() {
    version=$(pkg-config --modversion starfmm)
    [ "$SFM_SHARED_LIBS" != ON ] || [ -f "$prefix/$SFM_LIBDIR/libstarfmm.so.$version" ] ||
        fail "no libstarfmm.so.$version"
    for part in MAJOR MINOR PATCH; do
        awk -v p="STARFMM_VERSION_$part" '$2 == p { print $3 }' "$prefix/include/starfmm.h"
    done | paste -sd . | grep -qx "$version" || fail "starfmm.h is not of version $version"
}

# The shared library's users see none of its own dependencies.
case_nothing_leaks() {
    [ "$SFM_SHARED_LIBS" = ON ] || exit 77
    case " $(pkg-config --libs --cflags starfmm) " in
    *starpu* | *hdf5* | *openblas* | *hwloc*) fail "$(pkg-config --libs --cflags starfmm)" ;;
    esac
}

"case_$1"
