#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# run.sh SCRIPT ARGUMENT...: under the first Python that has numpy; exit code 77: there is none.
# Debian's numpy is there for Debian's python3, which need not be the first in PATH.
for python in python3 /usr/bin/python3; do
    "$python" -c 'import numpy, scipy' 2>/dev/null && exec "$python" "$@"
done
for python in python3 /usr/bin/python3; do
    "$python" -c 'import numpy' 2>/dev/null && exec "$python" "$@"
done
echo "skipped: no numpy: apt install python3-numpy python3-scipy" >&2
exit 77
