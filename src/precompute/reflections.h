/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A surface about the origin maps onto itself when axes are reversed, and so do the kernel
 * matrices between two of them: K(R x, R y) = K(x, y), bitwise, since the points are
 * bitwise reflected.
 */
#ifndef SFM_REFLECTIONS_H
#define SFM_REFLECTIONS_H

#include "precompute/kernel_matrix.h"

/* (*images)[octant * n + i]: the point of the surface of `order`, of n points, on which i
 * falls when the axes in the bits of `octant` are reversed.  Freed by sfm_free.  ENOMEM. */
starfmm_status sfm_reflections_create(int order, int **images);

/* sfm_kernel_matrix of two surfaces about the origin, given their images: the kernel is
 * evaluated for one of the up to 8 rows that are images of each other. */
void sfm_reflections_matrix(const sfm_kernel *kernel, const double *params,
                            const sfm_points *trg, const int *trg_images,
                            const sfm_points *src, const int *src_images, double *matrix);

#endif
