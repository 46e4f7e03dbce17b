#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The layout of C files by .clang-format and clang-format 14 (other versions lay out otherwise):
#   tests/format.sh [--fix] [FILE...]        default: all of the project
# Names the files that are laid out otherwise, or lays them out.  Comments keep their text and
# lines; one behind code is aligned with its neighbours.  One that ends beyond the last column
# makes clang-format tear the code before it, so such files are named and left alone.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
columns=$(sed -n 's/^ColumnLimit: //p' "$root/.clang-format")
fix=''
if [ "${1:-}" = --fix ]; then
    fix=yes
    shift
fi
if [ $# -eq 0 ]; then
    cd "$root"
    # shellcheck disable=SC2046
    set -- $(find src include codelets tests perf -name '*.[ch]' | sort)
fi
command -v clang-format-14 >/dev/null || {
    echo "skipped: no clang-format-14: apt install clang-format-14" >&2
    exit 77
}
laid_out=$(mktemp)
trap 'rm -f "$laid_out"' EXIT
bad=0
for file; do
    awk -v columns="$columns" '
        length > columns && match($0, /[^ ].*\/\*/) && !/^ *\/\*/ {
            print FILENAME ":" FNR ": a comment behind code ends in column " length
            found = 1
        }
        END { exit found }' "$file" || {
        bad=1
        continue
    }
    clang-format-14 --style="file:$root/.clang-format" "$file" >"$laid_out"
    cmp -s "$file" "$laid_out" && continue
    if [ "$fix" ]; then
        cat "$laid_out" >"$file"
    else
        echo "$file: $(diff "$file" "$laid_out" | grep -c '^>') lines are laid out otherwise"
        bad=1
    fi
done
exit $bad
