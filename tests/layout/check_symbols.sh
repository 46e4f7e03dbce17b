#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What the built libraries export and call: check_symbols.sh CASE, with SFM_SOURCE, SFM_SHARED,
# SFM_STATIC and SFM_CC set.
. "$(dirname "$0")/lib.sh"
shared=$SFM_SHARED
archive=$SFM_STATIC

exported() {
    nm -D --defined-only "$shared" | awk '{ print $3 }' | sed 's/@.*//' | sort -u
}
# Linkers and sanitizers add names of their own.
foreign() {
    exported | grep -vE '^(starfmm_|_init$|_fini$|_edata$|_end$|__bss_start$|__(asan|odr_asan|ubsan)[_.])'
}

# Functions that the public headers declare, by the mark that each declaration carries.
declared() {
    cat include/*.h | grep -v '^#' | tr '\n' ' ' | grep -oE 'STARFMM_API[^;(]*\(' |
        sed -E 's/.*[ *](starfmm_[a-z0-9_]+)\($/\1/' | sort -u
}
missing() {
    exported >"$work/exported"
    declared | grep -vxFf "$work/exported"
}
undeclared() {
    declared >"$work/declared"
    exported | grep '^starfmm_' | grep -vxFf "$work/declared"
}

planted_library() {
    printf '#define E __attribute__((visibility("default")))\nE int starfmm_a(void) { return 1; }\nE int starfmm_extra(void) { return 1; }\nE int leaked(void) { return 1; }\n' >"$work/a.c"
    "$SFM_CC" -shared -fPIC -fvisibility=hidden "$work/a.c" -o "$work/a.so" || exit 1
    shared=$work/a.so
    plant include/starfmm.h 'STARFMM_API int starfmm_a(void);\nSTARFMM_API const char\n*starfmm_b(int x);\n'
}
case_exported_names() {
    planted_library
    finds 1 foreign
    shared=$SFM_SHARED
    holds foreign
}
case_declared_is_exported() {
    planted_library
    finds 1 missing
    shared=$SFM_SHARED
    [ "$(cd "$SFM_SOURCE" && declared | wc -l)" -ge 12 ] || exit 1
    holds missing
}
case_exported_is_declared() {
    planted_library
    finds 1 undeclared
    shared=$SFM_SHARED
    holds undeclared
}

# Every name that the archive gives to a program is prefixed.
unprefixed() {
    nm -g --defined-only "$archive" 2>/dev/null | awk 'NF == 3 { print $3 }' |
        grep -vE '^(starfmm_|sfm_|__(asan|odr_asan|ubsan)[_.]|_GLOBAL_)'
}
case_archive_names() {
    planted_archive 'int helper(void) { return 1; }\nint sfm_x(void) { return 2; }\n'
    finds 1 unprefixed
    archive=$SFM_STATIC
    holds unprefixed
}

planted_archive() {
    printf '%b' "$1" >"$work/a.c"
    (cd "$work" && "$SFM_CC" -c a.c && ar cr a.a a.o) || exit 1
    mkdir -p "$work/planted"
    archive=$work/a.a
}
# Calls that print or end the process; an assertion of a Debug build is its own business.
trapping() {
    nm -u "$archive" 2>/dev/null | awk '$1 == "U" { print $2 }' | sort -u |
        grep -xE '(__)?v?f?printf(_chk)?|putchar|puts|fputs|fputc|fwrite|perror|_?_?exit|_Exit|quick_exit|abort|stdout|stderr|raise|err|errx|warn|system|popen'
}
case_no_trapping() {
    planted_archive '#include <stdio.h>\n#include <stdlib.h>\nint sfm_x(int i) { if (i) abort(); puts("x"); return snprintf(0, 0, "%d", i); }\n'
    finds 2 trapping
    archive=$SFM_STATIC
    holds trapping
}

"case_$1"
