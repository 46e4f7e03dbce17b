/* SPDX-License-Identifier: BSD-3-Clause */
/* The order of the kept frequencies, and what the transforms by lines cost. */
#include "operators/dft/frequencies.h"

/* 0, 1, -1, 2, -2, ... */
static int alternating(int i)
{
    return i % 2 ? (i + 1) / 2 : -(i / 2);
}

void sfm_dft_frequency(int order, int i, int k[3])
{
    int n = sfm_dft_width(order), last = order - 1;
    int line = i / n, at = i % n, whole = last * n;
    k[0] = line < whole ? line / n + 1 : 0;
    k[1] = line < whole ? alternating(line % n) : last - (line - whole);
    k[2] = line == whole + last ? at : alternating(at);
}

/* Folding p points into (p + 1) / 2 sums and p / 2 differences, then a cosine and a sine
 * sum per frequency: of real data.  Complex data take twice that, and 4 additions to
 * separate each k from -k. */
static double real_line(int points, int order)
{
    int even = (points + 1) / 2, odd = points / 2;
    return points + 2.0 * (even * order + odd * (order - 1));
}

double sfm_dft_flops(int order)
{
    int p = order, m = p - 1, inner = p > 2 ? (p - 2) * (p - 2) : 0;
    double half = real_line(p, p), whole = 2 * half + 4 * m;
    double lines_x = (p * p - inner) * half + inner * real_line(2, p);
    return lines_x + p * (half + m * whole) + (sfm_dft_lines(p) - 1) * whole + half;
}
