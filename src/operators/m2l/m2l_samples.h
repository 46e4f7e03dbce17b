/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The kernel between two surface grids of spacing h, sampled for M2L tables in double.
 *
 * A check point i and an equivalent point j of boxes `offset` apart (source minus target
 * centre, in node sides, 2 in half sides) see each other at  h (i - j) - 2 offset:  the
 * samples depend on i - j alone, each component in -(p - 1) ... p - 1, a grid of n = 2 p
 * - 1.
 */
#ifndef SFM_M2L_SAMPLES_H
#define SFM_M2L_SAMPLES_H

#include "kernels/kernel.h"

typedef struct sfm_m2l_samples sfm_m2l_samples;

/* Errors: ENOMEM; EUNSUPPORTED: a kernel with several components. */
starfmm_status sfm_m2l_samples_create(sfm_m2l_samples **samples, const sfm_kernel *kernel,
                                      const double *params, int order, double alpha,
                                      sfm_isa isa);
void sfm_m2l_samples_free(sfm_m2l_samples *samples);

/* Samples for one offset: [n][n][n] as z, y, x of i - j + p - 1; valid until the next call.
 */
const double *sfm_m2l_sample(sfm_m2l_samples *samples, const int offset[3]);

/* Their discrete Fourier transform over the kept frequencies q of dft.h, to out[2 q] (real)
 * and out[2 q + 1] (imaginary part), times the weight of the frequency in the inverse
 * transform: 1 / n^3 for k = 0, 2 / n^3 for all others. */
void sfm_m2l_spectrum(sfm_m2l_samples *samples, const int offset[3], double *out);

#endif
