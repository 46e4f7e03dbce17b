/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Equivalent and check surfaces: the points of an order^3 grid that lie on its faces
 * (YBZ section 3.1), about the origin, for a box of half side 1.
 */
#ifndef SFM_SURFACE_H
#define SFM_SURFACE_H

/* The inner surface carries upward equivalent and downward check points, the outer one upward
 * check and downward equivalent points.  alpha_inner >= 1 keeps the box's own points inside;
 * alpha_outer <= 4 - alpha_inner keeps it inside the near field of the box (YBZ 3.1). */
#define SFM_ALPHA_INNER 1.05
#define SFM_ALPHA_OUTER 2.95

#define SFM_MAX_ORDER 16
#define SFM_MAX_CHECK_ORDER 18

/* Number of points: 6 (order - 1)^2 + 2; 1 (the centre) for order 1. */
int sfm_surface_count(int order);

/* Points as x[n], y[n], z[n] at spacing 2 alpha / (order - 1), and, unless NULL, their grid
 * indices i + order j + order^2 k.  In ascending order of that index. */
void sfm_surface_points(int order, double alpha, double *x, double *y, double *z,
                        int *grid_index);

#endif
