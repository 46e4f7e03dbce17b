# SPDX-License-Identifier: BSD-3-Clause
# What the checks share.  A check is a function that works on the tree in the current folder
# and prints a line for every violation, so that it can be run on a planted violation too.
set -u
work=$(mktemp -d "${TMPDIR:-/tmp}/starfmm-layout-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

# plant FILE TEXT: a file of a small tree that breaks a rule.
plant() {
    mkdir -p "$work/planted/$(dirname "$1")"
    printf '%b' "$2" >"$work/planted/$1"
}

# finds N CHECK: the check reports N violations of the planted tree.
finds() {
    found=$(cd "$work/planted" && "$2" | wc -l)
    if [ "$found" -ne "$1" ]; then
        echo "$2 found $found violations of $1 planted:" >&2
        (cd "$work/planted" && "$2") >&2
        exit 1
    fi
    rm -rf "$work/planted"
}

# holds CHECK: it reports nothing of the real tree.
holds() {
    found=$(cd "$SFM_SOURCE" && "$1")
    if [ -n "$found" ]; then
        echo "$found" >&2
        exit 1
    fi
}

skip() {
    echo "skipped: $*" >&2
    exit 77
}

# Every source file of ours.
sources() {
    find CMakeLists.txt src include codelets tests perf .ci -type f \( -name '*.[ch]' -o \
        -name '*.sh' -o -name '*.py' -o -name '*.in' -o -name '*.gp' -o -name '*.mk' -o \
        -name '*.supp' -o -name CMakeLists.txt -o -name Makefile -o -path '.ci/*' \) 2>/dev/null
}

c_sources() {
    sources | grep '\.[ch]$'
}
