/* SPDX-License-Identifier: BSD-3-Clause */
/* Surfaces of boxes, what the maps of the cube do to their points, and matrices of the raw
 * kernel between them. */
#ifndef SFM_KERNEL_MATRIX_H
#define SFM_KERNEL_MATRIX_H

#include "kernels/block_kernel.h"
#include "operators/surface.h"

/* Points of a surface, or some of them. */
typedef struct sfm_surface {
    int n;
    double *x[3]; /* [n] each, in one block that starts at x[0] */
} sfm_surface;

/* The surface of `order` of a box of half_side about a centre.  ENOMEM. */
starfmm_status sfm_surface_create(sfm_surface *surface, int order, sfm_surface_form form,
                                  double half_side, const double centre[3]);
/* `n` points of another, in the order of `point`.  ENOMEM. */
starfmm_status sfm_surface_select(sfm_surface *surface, const sfm_surface *all, int n,
                                  const int *point);
void sfm_surface_free(sfm_surface *surface);

/* (*images)[g * n + i], g < SFM_CUBE_MAPS: the point of the surface of `order`, of n
 * points, on which map g of the cube puts point i.  Freed by sfm_free.  ENOMEM. */
starfmm_status sfm_surface_images(int order, int **images);

/*
 * matrix [n_check][trg->n] x [n_equiv][src->n]: row (b, i) and column (a, j) hold
 * K_ba(trg_i - src_j), computed in long double.  ENUMERIC when a value is not finite.
 */
starfmm_status sfm_kernel_matrix(const sfm_block_kernel *kernel, const sfm_surface *trg,
                                 const sfm_surface *src, double *matrix);

#endif
