/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Orthonormal bases of the functions on a surface in which every matrix that commutes with
 * the maps of the cube is block diagonal (Serre, Linear Representations of Finite Groups,
 * sections 2.6 and 2.7).
 *
 * A map g acts on a function f of n points and some components by (g f)(g x) = D(g) f(x).
 * These functions fall into irreducible representations of the 48 maps, of which there are
 * ten: four of dimension 1, two of dimension 2, four of dimension 3.  A basis function is
 * named by (irrep, partner m, copy a):  g f_m^a = sum over n of irrep(g)_nm f_n^a.  By
 * Schur's lemma a matrix K that commutes,  K g = g K,  has
 *
 *   < f_m^a, K f_n^b > = delta_mn B(a, b)
 *
 * with one block B per irrep, the same for all its partners.  With n points and c
 * components the block of an irrep of dimension d has about d n c / 48 rows.
 *
 * Each function lives on one orbit, the images of one point.  There it is determined by its
 * value at that point, which the maps that keep the point fixed must not change.
 *
 * Without symmetry the same holds for the group of one map: each point is an orbit, there
 * is one irrep of dimension 1, its block is the matrix.
 */
#ifndef SFM_ADAPTED_BASIS_H
#define SFM_ADAPTED_BASIS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define SFM_IRREPS 10

/* Dimension of an irrep, 1 ... 3; number 0 is the trivial one. */
int sfm_irrep_dim(int irrep);
/* Its matrix for map g of the cube, row-major, real and orthogonal. */
void sfm_irrep_matrix(int irrep, int g, double *matrix);

typedef struct sfm_orbit {
    int size;         /* points */
    const int *point; /* [size] of the surface */
    /* [functions][components][size], the functions by irrep, by partner, by copy. */
    double *function;
    int first[SFM_IRREPS];  /* function of partner 0, copy 0 */
    int copies[SFM_IRREPS]; /* of each partner */
    int offset[SFM_IRREPS]; /* of these copies among those of all orbits: row of the block
                             */
} sfm_orbit;

typedef struct sfm_adapted_basis {
    int n_points, n_components, n_orbits;
    int n_irreps;           /* SFM_IRREPS, or 1 without symmetry */
    int copies[SFM_IRREPS]; /* rows of the block */
    sfm_orbit *orbit;
    int *points; /* [n_points] orbit by orbit */
    double *functions;
} sfm_adapted_basis;

/* Of `n_components` that turn as `tensor` says (cube_maps.h), on the surface of `order`,
 * under all maps of the cube or, symmetric = 0, under none.  ENOMEM. */
starfmm_status sfm_adapted_basis_create(sfm_adapted_basis *basis, int order,
                                        int n_components, const uint8_t *tensor,
                                        int symmetric);
void sfm_adapted_basis_free(sfm_adapted_basis *basis);

#endif
