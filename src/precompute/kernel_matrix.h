/* SPDX-License-Identifier: BSD-3-Clause */
/* Matrices of the raw kernel between the surfaces of boxes, from its reference formula. */
#ifndef SFM_KERNEL_MATRIX_H
#define SFM_KERNEL_MATRIX_H

#include "kernels/kernel.h"

/* A surface about a centre: x, y, z [n] in one block that starts at x. */
typedef struct sfm_points {
    int n;
    double *x, *y, *z;
} sfm_points;

/* The surface of `order` at alpha * half_side about (centre, centre, centre).  ENOMEM. */
starfmm_status sfm_points_create(sfm_points *points, int order, double alpha,
                                 double half_side, double centre);
void sfm_points_free(sfm_points *points);

/* row [src.n] = raw(trg_i - src_j), j = 0 ... */
void sfm_kernel_row(const sfm_kernel *kernel, const double *params, const sfm_points *trg,
                    int i, const sfm_points *src, double *row);
/* matrix [trg.n][src.n], its rows. */
void sfm_kernel_matrix(const sfm_kernel *kernel, const double *params,
                       const sfm_points *trg, const sfm_points *src, double *matrix);

#endif
