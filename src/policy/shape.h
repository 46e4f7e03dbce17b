/* SPDX-License-Identifier: BSD-3-Clause */
/* How points fill the cube round them, from a sample. */
#ifndef SFM_SHAPE_H
#define SFM_SHAPE_H

#include "plan/fmm_build.h"

/* How many of 16^3 cells of the bounding cube hold one of some 4096 of n points: about 2590
 * where they fill a cube evenly, 1150 on a sphere, few in clusters and on curves. */
int sfm_shape_spread(const double *x, size_t n);
/* More than surfaces have. */
#define SFM_SPREAD_OF_VOLUMES 1900

/* Do the points fill a cube evenly, each set the same one? */
int sfm_shape_is_even(const sfm_point_sets *points);

#endif
