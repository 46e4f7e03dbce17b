/* SPDX-License-Identifier: BSD-3-Clause */
/* The frequencies of dft.h, apart from precision. */
#ifndef SFM_FREQUENCIES_H
#define SFM_FREQUENCIES_H

#include <stddef.h>

/* Width of the periodic grid of a surface of `order`. */
static inline int sfm_dft_width(int order)
{
    return 2 * order - 1;
}

/* Lines of frequencies in the kept half, the short last one included. */
static inline int sfm_dft_lines(int order)
{
    int n = sfm_dft_width(order);
    return (n * n + 1) / 2;
}

/* Number of kept frequencies, (n^3 + 1) / 2. */
static inline int sfm_dft_count(int order)
{
    int n = sfm_dft_width(order);
    return (n * n * n + 1) / 2;
}

/* Kept frequency number i, in 0 ... sfm_dft_count() - 1; each component within +-(order -
 * 1). */
void sfm_dft_frequency(int order, int i, int k[3]);

/* Operations of one row forward (the inverse takes as many). */
double sfm_dft_flops(int order);

#endif
