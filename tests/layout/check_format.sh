#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The sources are laid out as tests/format.sh lays them out: check_format.sh CASE
. "$(dirname "$0")/lib.sh"

# What the tree does not keep yet.
exceptions() {
    cat <<END
END
}

unformatted() {
    # shellcheck disable=SC2046
    sh "$SFM_SOURCE/tests/format.sh" $(c_sources)
}
case_clang_format() {
    command -v clang-format-14 >/dev/null || skip "no clang-format-14"
    plant src/base/a.c 'int  x;\n'
    plant src/base/b.c '/*   a  |  b   */\nint x;\n\n/* A   table\n *    of   words which is wider than the last column, and stays as it is: comments are nobody else'"'"'s. */\n'
    plant src/base/c.c "int x; /* $(printf 'word %.0s' $(seq 20)) */\\n"
    finds 2 unformatted
    holds unformatted
}

"case_$1"
