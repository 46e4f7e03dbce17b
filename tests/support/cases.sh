# SPDX-License-Identifier: BSD-3-Clause
# What the scripts of tests share: each works in a folder of its own, $work, which goes when it
# ends, and ends by `run_case NAME`, where every function case_<name> is a CTest.
set -u
failures=0
work=$(mktemp -d "${TMPDIR:-/tmp}/starfmm-test-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

fail() {
    echo "failed: $*" >&2
    failures=$((failures + 1))
}

skip() {
    echo "skipped: $*" >&2
    exit 77
}

run_case() {
    type "case_$1" >/dev/null 2>&1 || {
        echo "no case named '$1'" >&2
        exit 1
    }
    "case_$1"
    exit $((failures > 0))
}
