/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The pseudo-inverse of the kernel matrix K between two surfaces about one centre, K = U
 * diag(sigma) V^T cut at a fraction of the largest singular value:
 *
 *   K^+ = V (diag(1 / sigma) U^T),    (K^T)^+ = U (diag(1 / sigma) V^T)
 *
 * applied as two factors, the bracket first.  The product of the two has entries as large
 * as 1 / (cutoff sigma_max), whose rounding errors are no longer in the range of V: it
 * loses the digits that the two factors keep (YBZ section 3.2 solves the same ill-posed
 * equation by Tikhonov regularisation).
 *
 * For an isotropic kernel K commutes with the maps of the cube.  In the bases of
 * adapted_basis.h it is block diagonal, and only the blocks are decomposed: of 1000 x 1000
 * ten blocks of at most 63 x 63.  All partners of an irrep share singular values, so that a
 * cut leaves U and V as symmetric as K.
 */
#ifndef SFM_PINV_H
#define SFM_PINV_H

#include "precompute/adapted_basis.h"
#include "precompute/kernel_matrix.h"

/* The decomposition of one irrep's block, [rows][columns], k = min(rows, columns). */
typedef struct sfm_svd_block {
    size_t rows, columns, k;
    size_t kept;   /* of the k singular values */
    size_t first;  /* of all kept: partner m has first + m * kept ... */
    double *u;     /* [rows][k] */
    double *sigma; /* [k] descending */
    double *vt;    /* [k][columns] */
} sfm_svd_block;

typedef struct sfm_pinv {
    sfm_adapted_basis check, equiv; /* of rows, check potentials; of columns, densities */
    sfm_svd_block block[SFM_IRREPS];
    size_t rank; /* singular values kept, partners counted */
    double *memory;
} sfm_pinv;

/*
 * Of K(check, equiv), the surfaces given by order and form.  Singular
 * values below cutoff * largest or below floor are dropped; a zero matrix has rank 0.
 * Errors: ENOMEM; ENUMERIC when the kernel is not finite or a decomposition does not
 * converge.
 */
starfmm_status sfm_pinv_compute(sfm_pinv *pinv, const sfm_block_kernel *kernel,
                                int check_order, sfm_surface_form check_form,
                                int equiv_order, sfm_surface_form equiv_form, double cutoff,
                                double floor);
void sfm_pinv_free(sfm_pinv *pinv);

/* U as a dense matrix [n][rank], n = components x points of the check surface, and diag(1 /
 * sigma) U^T [rank][n]; NULL: not wanted.  ENOMEM. */
starfmm_status sfm_pinv_expand_u(const sfm_pinv *pinv, double *u, double *scaled_ut);
/* V and diag(1 / sigma) V^T, of the equivalent surface. */
starfmm_status sfm_pinv_expand_v(const sfm_pinv *pinv, double *v, double *scaled_vt);

#endif
