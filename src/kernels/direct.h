/* SPDX-License-Identifier: BSD-3-Clause */
/* The direct sum, as an oracle: obvious code, in long double and compensated. */
#ifndef SFM_DIRECT_H
#define SFM_DIRECT_H

#include "kernels/kernel.h"

/* What is summed. */
typedef struct sfm_direct {
    const sfm_kernel *kernel;
    const double *params; /* of the kernel, in the unit of the coordinates */
    int source, target;   /* kinds */
    size_t n_sources, n_rhs;
    const double *sources;       /* [n_sources][3] */
    starfmm_precision precision; /* of charges */
    const void *charges;         /* [n_sources][n_rhs][components] */
} sfm_direct;

/* Component `at` of n_sources * n_rhs * components. */
double sfm_direct_charge(const sfm_direct *d, size_t at);

/* All components of the target's kind, of one right-hand side at x: those of kind 0 to `first`,
 * what the kind has beyond them to `rest` (NULL: not wanted). */
void sfm_direct_sum(const sfm_direct *d, const double *x, size_t rhs, double *first,
                    double *rest);

/* The sum of |K q| over the sources, K q being components first ... first + n - 1 of the target's
 * kind: what no signs cancel. */
double sfm_direct_magnitude(const sfm_direct *d, const double *x, size_t rhs, size_t first,
                            size_t n);

#endif
