#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Habits of the sources: check_style.sh CASE.
. "$(dirname "$0")/lib.sh"

# What the tree does not keep yet.
exceptions() {
    cat <<END
    few_comments: codelets/
    few_comments: src/api/
    few_comments: src/base/
    few_comments: src/graph/
    few_comments: src/kernels/
    few_comments: src/operators/
    few_comments: src/plan/
    few_comments: src/policy/
    few_comments: src/precompute/
    few_comments: src/schedule/
    few_comments: src/tool/
    few_comments: src/tree/
END
}

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
# that are alone in the first column.
lengths() {
    ours | xargs awk '
        FNR == 1 { begin = 0 }
        /^\{$/ { begin = FNR }
        /^\}/ { if (begin) print FNR - begin - 1, FILENAME ":" begin; begin = 0 }'
}
long_functions() {
    lengths | awk '$1 > 80 { print $2 ": a function of " $1 " lines" }'
}
case_function_length() {
    body=$(printf 'x;\\n%.0s' $(seq 81))
    plant src/base/a.c "void f(void)\n{\n$body}\nvoid g(void)\n{\n}\n"
    finds 1 long_functions
    [ "$(cd "$SFM_SOURCE" && lengths | wc -l)" -gt 200 ] || exit 1
    holds long_functions
}

long_files() {
    ours | xargs wc -l | awk '$2 != "total" && $1 > 400 { print $2 ": " $1 " lines" }'
}
case_file_length() {
    plant src/base/a.c "$(printf 'x;\\n%.0s' $(seq 401))"
    plant codelets/a.c "$(printf 'x;\\n%.0s' $(seq 400))"
    finds 1 long_files
    holds long_files
}

# Share of lines with a comment in the .c files of a room, the licence not counted.
few_comments() {
    for room in codelets src/*/; do
        find "$room" -name '*.c' -exec cat {} + 2>/dev/null | awk -v room="${room%/}/" '
            { lines++ }
            /SPDX/ { next }
            comment || /\/\*/ { n++ }
            /\/\*/ { comment = 1 }
            /\*\// { comment = 0 }
            END { if (lines && n < 0.15 * lines)
                      printf "%s %.0f %% of lines are comments\n", room, 100 * n / lines }'
    done
}
case_comment_share() {
    plant src/base/a.c '/* SPDX */\nint x; /* a\nb */\nint y;\nint z;\nint a;\nint b;\n'
    plant src/tree/a.c '/* SPDX */\nint x;\nint y;\nint z;\n'
    finds 1 few_comments
    holds few_comments
}

# A .c file opens with its idea: a comment before its first line of code.
no_opening() {
    ours | grep '\.c$' | while read -r file; do
        sed 1d "$file" | grep -m 1 . | grep -q '^/\*' || echo "$file: opens without a comment"
    done
}
case_opening() {
    plant src/base/a.c '/* SPDX */\n/* Why. */\n#include "b.h"\n'
    plant src/base/b.c '/* SPDX */\n#include "b.h"\n/* Why. */\n'
    finds 1 no_opening
    holds no_opening
}

# Words that the field does not use, or that said too many things.
vague_names() {
    # shellcheck disable=SC2046
    code $(c_sources) |
        grep -E '^[^:]*:[0-9]*:(.*[^a-z])?(crew|team|invite|invited|bud|scene|family|families|equip|strip|take_off|judge|reaction|probe)s?([^a-z]|$)'
}
case_vague_names() {
    plant src/base/a.c 'int n_crew; /* a crew */\nint strip_of;\nint stripped, steam;\nchar *s = "team";\n'
    plant tests/base/a.c 'void scene(void);\n'
    finds 3 vague_names
    holds vague_names
}

# A static function has a name that a debugger or a trace can show.
bare_names() {
    # shellcheck disable=SC2046
    code $(ours) | grep -E ':static .*[ *](run|build|add|make|fill|get|set|init)\('
}
case_bare_names() {
    plant src/base/a.c 'static int run(void)\n{\n    return build();\n}\nstatic void add_leaf(void);\n'
    finds 1 bare_names
    holds bare_names
}

# One name, one type, of those that more than a file sees.
types_twice() {
    # shellcheck disable=SC2046
    code $(ours) |
        sed -nE 's/^([^:]*):[0-9]*:(typedef )?(struct|enum|union) (sfm_[a-z_0-9]+) \{.*/\4: \1/p' |
        sort | awk '$1 == last { print $1, "in", file, "and", $2 }
            { last = $1; file = $2 }'
}
case_types_twice() {
    plant src/base/a.h 'struct sfm_points {\n'
    plant src/tool/a.c 'typedef struct sfm_points {\nstruct sfm_other {\nstruct row {\n'
    plant src/tree/a.c 'struct row {\n'
    finds 1 types_twice
    holds types_twice
}

# What makes tasks of operators knows neither precisions nor kernels.
specific() {
    # shellcheck disable=SC2046
    code $(ours | grep -E '^(codelets|src/graph)/') |
        grep -iE '_f64|_f32|STARFMM_(DOUBLE|FLOAT)|laplace|yukawa|helmholtz|stokes'
}
case_generic_tasks() {
    plant codelets/a.c 'if (p == STARFMM_DOUBLE) sfm_x_f64();\n'
    plant src/graph/a.c 'int x; /* STARFMM_FLOAT */\n'
    plant src/plan/a.c 'sfm_x_f64();\n'
    finds 1 specific
    holds specific
}

# The library answers by a status: what it must never call.  Its assertions are allowed.
prints() {
    ours | grep -v -e '^src/tool/' -e '^include/' | xargs grep -nE '\<(printf|puts|putchar|perror|exit|_exit|abort|fputs|fputc|vprintf|fprintf|stdout|stderr) ?\(|\<std(out|err)\>'
}
case_no_printing() {
    plant src/plan/a.c 'f() { printf("x"); }\ng() { snprintf(s, 1, "x"); }\nh() { exit(1); }\n'
    plant src/tool/a.c 'f() { printf("x"); }\n'
    finds 2 prints
    holds prints
}

"case_$1"
