/* SPDX-License-Identifier: BSD-3-Clause */
/* What dft_t.c and the compilations of dft_v.c share. */
#ifndef SFM_DFT_CODE_H
#define SFM_DFT_CODE_H

#include "operators/dft/dft.h"
#include "operators/isa_symbol.h"

extern const SFM(dft_code) SFM_ISA_SYMBOL(SFM(dft_code), portable);
extern const SFM(dft_code) SFM_ISA_SYMBOL(SFM(dft_code), avx2);
extern const SFM(dft_code) SFM_ISA_SYMBOL(SFM(dft_code), avx512);

/* The parts of the scratch, in vectors of `width` reals: one row per lane. */

/* Surface points. */
static inline size_t SFM(dft_points)(const SFM(dft) * d)
{
    return (size_t)d->n_e;
}
/* A plane of the grid after the first dimension: [kz][y][re, im]. */
static inline size_t SFM(dft_plane)(const SFM(dft) * d)
{
    return 2 * (size_t)d->order * (size_t)d->order;
}
/* After the second dimension: [line][order][re, im]. */
static inline size_t SFM(dft_lines)(const SFM(dft) * d)
{
    return 2 * (size_t)sfm_dft_lines(d->order) * (size_t)d->order;
}
/* `width` lines of frequencies, [line][n][re, im], and the padding of the last block. */
static inline size_t SFM(dft_chunk)(const SFM(dft) * d, size_t width)
{
    return 2 * (width * (size_t)sfm_dft_width(d->order) + SFM_LANES);
}
static inline size_t SFM(dft_vectors)(const SFM(dft) * d, size_t width)
{
    return SFM(dft_points)(d) + SFM(dft_plane)(d) + SFM(dft_lines)(d) +
           SFM(dft_chunk)(d, width);
}

#endif
