/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The pseudo-inverse of a kernel matrix, A = U diag(sigma) V^T cut at a fraction of the
 * largest singular value:
 *
 *   A^+ = V (diag(1 / sigma) U^T),    (A^T)^+ = U (diag(1 / sigma) V^T)
 *
 * applied as two factors, the bracket first.  The product of the two has entries as large
 * as 1 / (cutoff sigma_max), whose rounding errors are no longer in the range of V: it
 * loses the digits that the two factors keep (YBZ section 3.2 solves the same ill-posed
 * equation by Tikhonov regularisation).
 */
#ifndef SFM_PINV_H
#define SFM_PINV_H

#include <stddef.h>

#include "base/status.h"

typedef struct sfm_pinv {
    size_t m, n, rank;
    double *sigma; /* [rank], kept singular values, descending */
    double *u;     /* [m][rank] */
    double *v;     /* [n][rank] */
} sfm_pinv;

/* Of A [m][n], which is destroyed; singular values below cutoff * largest or below floor
 * are dropped.  A zero matrix has rank 0.  Errors: ENOMEM; ENUMERIC when an entry is not
 * finite or the decomposition does not converge. */
starfmm_status sfm_pinv_compute(sfm_pinv *pinv, size_t m, size_t n, double *a,
                                double cutoff, double floor);
void sfm_pinv_free(sfm_pinv *pinv);

/* first [rank][n] = diag(1 / sigma) basis^T for basis [n][rank], U or V. */
void sfm_pinv_first_factor(size_t n, size_t rank, const double *sigma, const double *basis,
                           double *first);

#endif
