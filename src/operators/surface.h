/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Equivalent and check surfaces: the points of an order^3 grid that lie on its faces
 * (YBZ section 3.1), about the origin, for a box of half side 1.
 *
 * The inner surface, upward equivalent and downward check points, is equidistant: M2L is a
 * convolution on its grid.  The outer one, upward check and downward equivalent points, is
 * free, and wider spaced towards its edges it is worth more than any number of equidistant
 * points: at tan(bend t) / tan(bend) for equidistant t, with as many points as the inner one
 * has, the densities keep the moments of charges 10 to 100 times as well.  Relative error of
 * pairs of boxes (perf/accuracy_pairs.c), root mean square of the potential, and of the
 * gradient of evenly spread charges:
 *
 *   orders, bend    6, 6, 0   6, 8, 0   6, 6, 0.9   7, 7, 0   7, 9, 0   7, 7, 0.9
 *   potential       1.9e-6    7.4e-7    7.8e-7      2.4e-7    9.4e-8    9.1e-8
 *   gradient        6.3e-6    4.4e-7    5.1e-7      3.5e-7    5.8e-8    1.4e-8
 */
#ifndef SFM_SURFACE_H
#define SFM_SURFACE_H

/* Half side of a surface, and how its points are spaced: 0 <= bend < pi / 2, 0 equidistant. */
typedef struct sfm_surface_form {
    double alpha, bend;
} sfm_surface_form;

/* alpha >= 1 keeps the box's own points inside the inner surface; the outer one's <= 4 - alpha
 * keeps it inside the near field of the box (YBZ 3.1). */
#define SFM_INNER_FORM ((sfm_surface_form){1.0, 0.0})
#define SFM_OUTER_FORM ((sfm_surface_form){3.0, 0.9})
/* Farther from the box's own points: gradients at its edges err a tenth, all else more. */
#define SFM_WIDER_INNER_FORM ((sfm_surface_form){1.2, 0.0})
/* With more points than the inner one has, wider spacing loses what it gains. */
#define SFM_FINER_OUTER_FORM ((sfm_surface_form){3.0, 0.0})

#define SFM_MAX_ORDER 20
#define SFM_MAX_CHECK_ORDER 22

/* Number of points: 6 (order - 1)^2 + 2; 1 (the centre) for order 1. */
int sfm_surface_count(int order);

/* Points as x[n], y[n], z[n], and, unless NULL, their grid indices i + order j + order^2 k.
 * In ascending order of that index. */
void sfm_surface_points(int order, sfm_surface_form form, double *x, double *y, double *z,
                        int *grid_index);

#endif
