#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Each public header alone, as C11 and as C++: check_headers.sh CASE, with SFM_SOURCE, SFM_CC
# and SFM_STARPU_INCLUDE set.
. "$(dirname "$0")/lib.sh"

system=
for folder in $(echo "$SFM_STARPU_INCLUDE" | tr ':' ' '); do
    system="$system -isystem $folder"
done

# compile_all LANGUAGE COMPILER...: the compiler's first words about every header.
compile_all() {
    language=$1
    shift
    for header in include/*.h; do
        # StarPU's own header wants POSIX threads, which strict C11 hides.
        posix=
        grep -q '<starpu\.h>' "$header" && posix=-D_POSIX_C_SOURCE=200809L
        # Twice: the include guard is part of it.
        printf '#include "%s"\n#include "%s"\n' "$(basename "$header")" "$(basename "$header")" |
            "$@" -x "$language" $posix -Iinclude $system -Wall -Wextra -Wpedantic -Wshadow -Werror \
                -fsyntax-only - >"$work/log" 2>&1 ||
            echo "$header: $(grep -m 1 -E 'error' "$work/log")"
    done
}

c11() {
    compile_all c "$SFM_CC" -std=c11
}
case_c11() {
    plant include/a.h 'size_t f(void);\n'
    finds 1 c11
    holds c11
}

cxx11() {
    compile_all c++ "$cxx" -std=c++11
}
case_cxx() {
    cxx=${CXX:-c++}
    command -v "$cxx" >/dev/null || skip "no C++ compiler"
    plant include/a.h 'static inline int *f(void *x) { return x; }\n'
    finds 1 cxx11
    holds cxx11
}

# C++ gives the functions C linkage.
case_cxx_links() {
    cxx=${CXX:-c++}
    command -v "$cxx" >/dev/null || skip "no C++ compiler"
    printf '#include "starfmm.h"\nint main() { return starfmm_version()[0] == 0; }\n' >"$work/a.cc"
    # A sanitized library wants its own runtime first.
    if nm "$SFM_SHARED" | grep -qE ' U __(asan|ubsan|tsan)'; then skip "a sanitized library"; fi
    "$cxx" -std=c++11 -I"$SFM_SOURCE/include" "$work/a.cc" -o "$work/a" "$SFM_SHARED" \
        -Wl,-rpath,"$(dirname "$SFM_SHARED")" && "$work/a"
}

"case_$1"
