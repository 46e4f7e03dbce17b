# SPDX-License-Identifier: BSD-3-Clause
# What the checks share.  A check is a function that works on the tree in the current folder
# and prints a line for every violation, so that it can be run on a planted violation too.
set -u
SFM_SOURCE=${SFM_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
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

# holds CHECK: it reports nothing of the real tree but what exceptions() lists as
# "CHECK: TEXT", TEXT being a part of what it reports; an exception that nothing needs any more
# has to go.
exceptions() { :; }
holds() {
    (cd "$SFM_SOURCE" && "$1") >"$work/found"
    exceptions | sed -n "s/^ *$1: //p" >"$work/excepted"
    grep -vFf "$work/excepted" "$work/found" >&2 && failed=1
    while read -r text; do
        grep -qF -- "$text" "$work/found" || {
            echo "no longer an exception of $1: $text" >&2
            failed=1
        }
    done <"$work/excepted"
    [ -z "${failed:-}" ] || exit 1
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

# The C files of the library and the command.
ours() {
    c_sources | grep -E '^(src|include|codelets)/'
}

# code FILE...: "FILE:LINE:code" without comments and the contents of strings.
code() {
    awk 'FNR == 1 { comment = 0 }
    {
        line = $0
        out = ""
        while (line != "") {
            if (comment) {
                end = index(line, "*/")
                if (!end) break
                line = substr(line, end + 2)
                comment = 0
            } else if (match(line, /\/\*|\/\/|"([^"\\]|\\.)*"|\047([^\047\\]|\\.)+\047/)) {
                token = substr(line, RSTART, 2)
                out = out substr(line, 1, RSTART - 1)
                line = token == "//" ? "" : substr(line, RSTART + RLENGTH)
                if (token == "/*") comment = 1
                else if (token != "//") out = out "\"\""
            } else {
                out = out line
                line = ""
            }
        }
        if (out ~ /[^ ]/) print FILENAME ":" FNR ":" out
    }' "$@"
}
