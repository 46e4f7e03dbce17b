#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Habits of the sources: check_style.sh CASE, with SFM_SOURCE set.
. "$(dirname "$0")/lib.sh"

licence() {
    sources | while read -r file; do
        n=$(head -n 3 "$file" | grep -c 'SPDX-License-Identifier: BSD-3-Clause')
        all=$(grep -cE '^(/\*|#|dnl|;|//) *SPDX-License-Identifier' "$file")
        [ "$n$all" = 11 ] || echo "$file: $all licence lines, $n of them at the top"
    done
}
case_licence() {
    plant src/base/none.c 'int x;\n'
    plant src/base/two.c '/* SPDX-License-Identifier: BSD-3-Clause */\n/* SPDX-License-Identifier: MIT */\n'
    plant tests/right.sh '#!/bin/sh\n# SPDX-License-Identifier: BSD-3-Clause\n'
    finds 2 licence
    holds licence
}

unfinished() {
    sources | xargs grep -nE '\<(T[O]DO|FIX[M]E|X[X]X|HA[C]K)\>'
}
case_unfinished() {
    plant src/base/a.c '/* TO''DO */\n// FIX''ME later\nint todo;\n'
    finds 2 unfinished
    holds unfinished
}

# Lengths of all functions, "LINES FILE:LINE": a body is what stands between a `{` and a `}`
# that are alone in the first column, or on one line behind a `)`.
lengths() {
    c_sources | grep -E '^(src|include|codelets)/' | xargs awk '
        FNR == 1 { begin = 0 }
        /^[a-zA-Z].*\) \{.*\}$/ { print 1, FILENAME ":" FNR }
        /^\{$/ { begin = FNR }
        /^\}/ { if (begin) print FNR - begin - 1, FILENAME ":" begin; begin = 0 }' | sort -n
}
too_long() {
    lengths | awk '$1 > 80 { print $2 ": a function of " $1 " lines" }
        { n[NR] = $1 }
        END { if (n[int((NR + 1) / 2)] >= 15) print "median of " n[int((NR + 1) / 2)] " lines"
              tenth = n[int((9 * NR + 9) / 10)]
              if (tenth >= 45) print "nine in ten up to " tenth " lines" }'
}
case_function_length() {
    body=$(printf 'x;\\n%.0s' $(seq 81))
    plant src/base/a.c "void f(void)\n{\n$body}\nvoid g(void)\n{\n}\nvoid h(void) { x; }\n"
    finds 2 too_long
    plant src/base/a.c "void f(void)\n{\n$body}\n"
    finds 3 too_long
    [ "$(cd "$SFM_SOURCE" && lengths | wc -l)" -gt 200 ] || exit 1
    holds too_long
}

# The library answers by a status: what it must never call.  Its assertions are allowed.
prints() {
    c_sources | grep -E '^(src|codelets)/' | grep -v '^src/tool/' |
        xargs grep -nE '\<(printf|puts|putchar|perror|exit|_exit|abort|fputs|fputc|vprintf|fprintf|stdout|stderr) ?\(|\<std(out|err)\>'
}
case_no_printing() {
    plant src/plan/a.c 'f() { printf("x"); }\ng() { snprintf(s, 1, "x"); }\nh() { exit(1); }\n'
    plant src/tool/a.c 'f() { printf("x"); }\n'
    finds 2 prints
    holds prints
}

"case_$1"
