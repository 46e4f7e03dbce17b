# SPDX-License-Identifier: BSD-3-Clause
# What the scripts of this folder share.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/starfmm-consume-XXXXXX")
trap 'rm -rf "$work"' EXIT

fail() {
    echo "failed: $*" >&2
    exit 1
}

# quietly COMMAND...: its output only where it fails.
quietly() {
    "$@" >"$work/log" 2>&1 || fail "$* : $(cat "$work/log")"
}

# uses_shared PROGRAM: it asks the loader for our shared library.
uses_shared() {
    readelf -d "$1" | grep -q 'NEEDED.*libstarfmm\.so'
}
