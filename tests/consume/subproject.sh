#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# This project as a part of another: subproject.sh CASE, with SFM_SOURCE, SFM_CMAKE, SFM_CC and
# SFM_STARPU_PREFIX set.
. "$(dirname "$0")/lib.sh"
export LD_LIBRARY_PATH="${SFM_STARPU_PREFIX:+$SFM_STARPU_PREFIX/lib:}${LD_LIBRARY_PATH:-}"

# configure OPTION...: one instruction set, which compiles quickly.
configure() {
    quietly "$SFM_CMAKE" -S "$here/parent" -B "$work/build" -DCMAKE_C_COMPILER="$SFM_CC" \
        -DSTARFMM_SOURCE="$SFM_SOURCE" -DSTARFMM_ISAS=portable \
        -DSTARFMM_STARPU_PREFIX="$SFM_STARPU_PREFIX" "$@"
}
says() {
    grep -qx -- "-- $1" "$work/log" || fail "not said: $1: $(cat "$work/log")"
}
build() {
    quietly "$SFM_CMAKE" --build "$work/build" --parallel 2 --target "$@"
}

# Shared and static from one build; what is the parent's is left alone.
case_shared() {
    configure -DBUILD_SHARED_LIBS=ON -DCMAKE_BUILD_TYPE=Debug
    says 'starfmm: SHARED_LIBRARY'
    says 'starfmm_static: STATIC_LIBRARY'
    build all
    find "$work/build" -name 'libstarfmm.a' -o -name starfmm -type f -perm -1 >"$work/made"
    [ -s "$work/made" ] && fail "built unasked: $(cat "$work/made")"
    build program_static
    uses_shared "$work/build/program" || fail "program is not linked with the shared library"
    if uses_shared "$work/build/program_static"; then fail "program_static is"; fi
    for program in program program_static program_starpu; do "$work/build/$program"; done
    (cd "$work/build" && ctest -N) | grep -q 'Total Tests: 0' || fail "tests of ours"
    quietly "$SFM_CMAKE" --install "$work/build" --prefix "$work/prefix"
    (cd "$work/prefix" && find . -type f) >"$work/installed"
    [ "$(cat "$work/installed")" = ./bin/program ] || fail "installed: $(cat "$work/installed")"
}

# Without a word from the parent: CMake's own defaults.
case_static() {
    configure
    says 'starfmm: STATIC_LIBRARY'
    says "build type: ''"
}

case_fetch_content() {
    configure -DFETCH=ON
    says 'starfmm_static: STATIC_LIBRARY'
}

"case_$1"
