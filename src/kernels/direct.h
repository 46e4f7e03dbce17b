/* SPDX-License-Identifier: BSD-3-Clause */
/* The direct sum, as an oracle: obvious code, in long double and compensated. */
#ifndef SFM_DIRECT_H
#define SFM_DIRECT_H

#include "kernels/kernel.h"

/* What is summed. */
typedef struct sfm_direct {
    const sfm_kernel *kernel;
    const double *params; /* of the kernel, in the unit of the coordinates */
    size_t n_sources, n_rhs;
    const double *sources;       /* [n_sources][3] */
    starfmm_precision precision; /* of charges */
    const void *charges;         /* [n_sources][n_rhs] */
} sfm_direct;

/* The charge of a source and a right-hand side. */
double sfm_direct_charge(const sfm_direct *d, size_t source, size_t rhs);

/* Potential, and gradient[3] unless NULL, of one right-hand side at x. */
void sfm_direct_sum(const sfm_direct *d, const double *x, size_t rhs, double *potential,
                    double *gradient);

/* Sums of |K| |q| and of |grad K| |q|: what no signs cancel. */
void sfm_direct_magnitudes(const sfm_direct *d, const double *x, size_t rhs,
                           double magnitude[2]);

#endif
