/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The precomputed operators of the unit box, derived in double.
 *
 * n_e = points of the inner surface (order): upward equivalent UE = downward check DC.
 * n_c = points of the outer surface (check_order): upward check UC = downward equivalent
 * DE. Matrices are row-major [rows][columns] of the raw kernel (kernel.h) in units of the
 * box of the level whose (scaled) parameters the key holds.
 */
#ifndef SFM_OPERATORS_H
#define SFM_OPERATORS_H

#include <stddef.h>

#include "kernels/kernel.h"

typedef struct sfm_operators_key {
    starfmm_kernel kernel;
    double params[STARFMM_MAX_PARAMS]; /* scaled to the unit box */
    int order, check_order;
    double alpha_inner, alpha_outer;
    double cutoff; /* singular values below cutoff * largest are dropped, */
    double floor;  /* and those below this, >= 0: for the range of the precision of use */
} sfm_operators_key;

/*
 * Cutoffs by the precision in which the factors are applied.  Measured on P2M, M2M and
 * P2M-M2L-L2L-L2P chains of one box, orders 3..12: in double 1e-13 is best or as good as
 * any (orders 9 and more lose digits from 4e-15 down, and from 1e-10 up); in float, one
 * eps, with orders 5 and more losing digits above 1e-6 and everything from order 7 without
 * a cut.
 */
#define SFM_CUTOFF_F64 1e-13
#define SFM_CUTOFF_F32 1e-7
/* 1 / sigma must stay in the range of float.  What is dropped is a kernel that has decayed
 * by 30 decades within the box. */
#define SFM_FLOOR_F32 1e-30

typedef struct sfm_operators {
    sfm_operators_key key;
    int n_e, n_c;
    int up_rank, dn_rank; /* singular values kept; equal, as K(DC, DE) = K(UC, UE)^T */
    double *sigma;        /* [up_rank], those values, descending */
    /* K(UC, UE)^+ = uc2e[1] uc2e[0]: [n_e][up_rank] times [up_rank][n_c]; the singular
     * values are divided out in the factor applied first, uc2e[0] (see pinv.h). */
    double *uc2e[2];
    /* K(DC, DE)^+ = dc2e[1] dc2e[0]: [n_c][dn_rank] times [dn_rank][n_e]. */
    double *dc2e[2];
    /* m2m[octant]: [n_e][n_e], child's equivalent density -> this box's.  And L2L: times
     * 2^degree and transposed, this box's downward check potential -> the child's, in the
     * child's units (half of this box's). */
    double *m2m[8];
    double *memory; /* the one block that holds them all */
} sfm_operators;

/* Derive.  The kernel must be symmetric, K(x, y) = K(y, x), and keep its value under
 * reflections of the coordinates, as every kernel of |x - y| does.  Errors: EINVAL, ENOMEM,
 * ENUMERIC. */
starfmm_status sfm_operators_compute(sfm_operators *ops, const sfm_operators_key *key);
void sfm_operators_free(sfm_operators *ops);

/* The parts of a set that determine the rest are sigma, dc2e[1] (U of the SVD), uc2e[1]
 * (V) and m2m[0].  Lay out a set for a key and a rank, nothing filled in (EINVAL for a key
 * or rank out of range, ENOMEM); then, with those parts filled in, derive the others. */
starfmm_status sfm_operators_allocate(sfm_operators *ops, const sfm_operators_key *key,
                                      int rank);
starfmm_status sfm_operators_expand(sfm_operators *ops);

/* 1 when two keys name the same set. */
int sfm_operators_key_equal(const sfm_operators_key *a, const sfm_operators_key *b);

/* Shapes, finiteness and, on random vectors, the identities K K^+ K ~ K for K = K(UC, UE)
 * and its transpose, and K m2m ~ K(UC, UE_child): what a set read from a file must pass.
 * 1, or 0 with a message. */
int sfm_operators_is_valid(const sfm_operators *ops, const sfm_operators_key *key);

#endif
