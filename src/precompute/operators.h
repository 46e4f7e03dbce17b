/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The precomputed operators of the unit box, derived in double.
 *
 * n_e = points of the inner surface (order): upward equivalent UE = downward check DC.
 * n_c = points of the outer surface (check_order): upward check UC = downward equivalent
 * DE.  Matrices are row-major [rows][columns] of the raw kernel (kernel.h) in units of the
 * box of the level whose (scaled) parameters the key holds.  A row or column is a component
 * of a point, [component][point].
 */
#ifndef SFM_OPERATORS_H
#define SFM_OPERATORS_H

#include <stddef.h>

#include "kernels/block_kernel.h"
#include "operators/surface.h"

typedef struct sfm_operators_key {
    starfmm_kernel kernel;
    int equiv, check;                  /* kinds of its sources and targets */
    double params[STARFMM_MAX_PARAMS]; /* scaled to the unit box */
    int order, check_order;
    sfm_surface_form inner, outer;
    double cutoff; /* singular values below cutoff * largest are dropped, */
    double floor;  /* and those below this, >= 0: for the range of the precision of use */
} sfm_operators_key;

/*
 * Cutoffs by the precision in which the factors are applied.  Measured between pairs of boxes
 * and through chains of M2M and L2L (perf/accuracy_pairs.c): in double all orders up to 20 are
 * best at 3e-15, 13 and more lose digits at 1e-13; in float, one eps, with orders 5 and more
 * losing digits above 1e-6 and everything from order 7 without a cut.
 */
#define SFM_CUTOFF_F64 3e-15
#define SFM_CUTOFF_F32 1e-7
/* 1 / sigma must stay in the range of float.  What is dropped is a kernel that has decayed
 * by 30 decades within the box. */
#define SFM_FLOOR_F32 1e-30

typedef struct sfm_operators {
    sfm_operators_key key;
    int n_e, n_c;         /* points of the surfaces */
    int n_equiv, n_check; /* components of a density, of a check potential */
    int up_rank, dn_rank; /* singular values kept */
    /* K(UC, UE)^+ = uc2e[1] uc2e[0]: [n_equiv n_e][up_rank] times [up_rank][n_check n_c];
     * the singular values are divided out in the factor applied first (see pinv.h). */
    double *uc2e[2];
    /* K(DC, DE)^+ = dc2e[1] dc2e[0]: [n_equiv n_c][dn_rank] times [dn_rank][n_check n_e].
     */
    double *dc2e[2];
    /*
     * Per octant of the child; all eight, or for an isotropic kernel the first alone, the
     * others NULL (see sfm_operators_m2m).
     *
     * m2m: [n_equiv n_e][n_equiv n_e], child's equivalent density -> this box's, each in
     * units of its box.
     * l2l, stored transposed, [n_check n_e][n_check n_e]: times 2^degree, this box's
     * downward check potential (rows) -> the child's (columns), each in units of its box.
     * A symmetric kernel has l2l[o] = m2m[o].
     */
    double *m2m[8], *l2l[8];
    /* For the reflection in the bits of an octant: images[octant * n_e + i], the inner
     * point on which i falls, and how components turn (in sign alone). */
    int *images;
    sfm_turn equiv_turn[8], check_turn[8];
    double *memory; /* the one block that holds all matrices */
} sfm_operators;

/* Derive for a kernel of the library, or for any.  Errors: EINVAL, ENOMEM, ENUMERIC. */
starfmm_status sfm_operators_compute(sfm_operators *ops, const sfm_operators_key *key);
starfmm_status sfm_operators_derive(sfm_operators *ops, const sfm_operators_key *key,
                                    const sfm_block_kernel *kernel);
void sfm_operators_free(sfm_operators *ops);

/*
 * With S the reflection of an octant, (S q)(a, j) = turn[octant].sign[a] q(a, image of j),
 * an isotropic kernel has  m2m[octant] = S m2m[0] S,  and l2l[octant] likewise.  Write m2m
 * (transposed l2l) of any octant and kernel to out [n_equiv n_e][n_equiv n_e] ([n_check
 * n_e][n_check n_e]).
 */
void sfm_operators_m2m(const sfm_operators *ops, int octant, double *out);
void sfm_operators_l2l(const sfm_operators *ops, int octant, double *out);

/* 1 when two keys name the same set. */
int sfm_operators_key_equal(const sfm_operators_key *a, const sfm_operators_key *b);

#endif
