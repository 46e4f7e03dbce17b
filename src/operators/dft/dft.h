/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The discrete Fourier transform that turns M2L into products per frequency.
 *
 * Densities sit on the faces of a p x p x p grid.  Their convolution with the kernel needs
 * a periodic grid of n = 2 p - 1 points per dimension; n is odd, so of the n^3 frequencies
 * of real data exactly (n^3 + 1) / 2 are independent:
 *
 *   F(k) = sum over points j of x_j exp(-2 pi i k (j - (p - 1) / 2) / n)          (forward)
 *   y_j  = sum over kept k of Re F(k) exp(+2 pi i k (j - (p - 1) / 2) / n)        (inverse)
 *
 * with k, j triples.  Points are counted from the centre, so cosines are even and sines odd
 * in j: that halves the products.  The inverse lacks the weights of the kept frequencies (1
 * for k = 0, else 2) and 1 / n^3: both are in the M2L table.
 *
 * Order of the kept frequencies: lines of n, in a line kz = 0, 1, -1, 2, -2, ...; the lines
 * are kx = 1 ... p - 1 with ky = 0, 1, -1, ..., then kx = 0 with ky = p - 1 ... 1, and last
 * kx = ky = 0 with kz = 0 ... p - 1 only.
 *
 * Layout of transformed rows: f[block][row][re, im][SFM_LANES], SFM_LANES frequencies per
 * block, the last block padded with zeros.
 */
#ifndef SFM_DFT_H
#define SFM_DFT_H

#include "base/isa.h"
#include "base/real.h"
#include "operators/dft/frequencies.h"

typedef struct SFM(dft) {
    int order, n_e;
    int half;            /* (order + 1) / 2: columns of the tables */
    real *cosine, *sine; /* [order][half] of 2 pi k (j - (order - 1) / 2) / n */
    const struct SFM(dft_code) * code;
} SFM(dft);

/* The implementation for one instruction set. */
typedef struct SFM(dft_code) {
    /* x [n_rows][n_e] -> f, overwritten. */
    void (*forward)(const SFM(dft) * dft, size_t n_rows, const real *x, real *f,
                    void *scratch);
    /* f of n_rows rows -> row i added to y[i] [n_e]. */
    void (*inverse)(const SFM(dft) * dft, size_t n_rows, const real *f, real *const *y,
                    void *scratch);
} SFM(dft_code);

starfmm_status SFM(dft_create)(SFM(dft) * dft, int order, sfm_isa isa);
void SFM(dft_free)(SFM(dft) * dft);

/* Bytes of 64-byte aligned scratch of both directions. */
size_t SFM(dft_scratch)(const SFM(dft) * dft);

#endif
