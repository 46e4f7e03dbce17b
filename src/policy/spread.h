/* SPDX-License-Identifier: BSD-3-Clause */
/* How points fill the cube round them, from a sample. */
#ifndef SFM_SPREAD_H
#define SFM_SPREAD_H

#include "tree/geometry.h"

/* How many of 16^3 cells of the bounding cube hold one of some 4096 of n points: about 2590
 * where they fill a cube evenly, 1150 on a sphere, few in clusters and on curves. */
int sfm_points_spread(const double *x, size_t n);
/* More than surfaces have. */
#define SFM_SPREAD_OF_VOLUMES 1900

/* Do the points fill a cube evenly, each set the same one? */
int sfm_points_fill_cube(const sfm_point_sets *points);

#endif
