#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""An external program as perf/compare.py wants it: direct sums.

    direct.py INPUT OUTPUT REPEAT [FAULT]

FAULT: wrong (potentials a tenth too large), short (one too few), absent (none at all), silent
(no JSON line), broken (exit code 1).
"""
import json
import math
import struct
import sys
import time


def doubles(file, n):
    return struct.unpack(f"<{n}d", file.read(8 * n))


def read(path):
    with open(path, "rb") as file:
        n, m = struct.unpack("<2q", file.read(16))
        rows = [doubles(file, 4) for _ in range(n)]
        targets = [doubles(file, 3) for _ in range(m)]
        assert file.read() == b""
    return rows, targets or [row[:3] for row in rows]


def potential(target, rows):
    terms = ((row[3], math.dist(row[:3], target)) for row in rows)
    return math.fsum(q / r for q, r in terms if r > 0) / (4 * math.pi)


def main():
    source, output, repeat, *fault = sys.argv[1:]
    fault = fault[0] if fault else ""
    rows, targets = read(source)
    seconds = []
    for _ in range(int(repeat)):
        begin = time.monotonic()
        sums = [potential(target, rows) for target in targets]
        seconds.append(time.monotonic() - begin)
    if fault == "wrong":
        sums = [1.1 * s for s in sums]
    if fault == "short":
        sums.pop()
    if fault != "absent":
        with open(output, "wb") as file:
            file.write(struct.pack(f"<{len(sums)}d", *sums))
    print("done")
    if fault != "silent":
        print(json.dumps({"seconds": seconds, "setup_seconds": 0.25}))
    if fault == "broken":
        sys.exit("out of steam")


if __name__ == "__main__":
    sys.exit(main())
