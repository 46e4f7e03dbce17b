/* SPDX-License-Identifier: BSD-3-Clause */
/* The root cube and the Morton keys of points in it. */
#ifndef SFM_CUBE_H
#define SFM_CUBE_H

#include <stddef.h>

#include "base/parallel.h"
#include "tree/morton.h"

typedef struct sfm_cube {
    double centre[3];
    double
        half; /* half side: finite, > 0, and still a normal number at level SFM_MAX_DEPTH */
} sfm_cube;

/* Is the cube's centre, in a dimension, no further from 0 than two sides?  Otherwise all
 * coordinates in it are within a factor of two of each other, and their differences exact. */
static inline int sfm_cube_is_near_origin(const sfm_cube *cube, int dimension)
{
    double c = cube->centre[dimension];
    return (c < 0 ? -c : c) < 4 * cube->half;
}

/* The smallest cube round two sets of finite points (either may be empty), centred on their
 * bounding box but where that is thin, padded so that no point lies on its upper faces. */
sfm_cube sfm_cube_around(sfm_helpers *helpers, size_t n_a, const double *a, size_t n_b,
                         const double *b);

/* A cube with the same lower corner and `factor` >= 1 times the side; the same one where
 * that would overflow. */
sfm_cube sfm_cube_stretch(const sfm_cube *cube, double factor);

/* The cube round points that have moved, given the smallest one: the kept one where it holds
 * that and has less than twice its side (twice `stretch` times its side, if it has been
 * stretched), else a new one, stretched, with room for some more moves like the one that
 * left the kept one. */
sfm_cube sfm_cube_follow(const sfm_cube *kept, const sfm_cube *smallest, double stretch);

/* Key at level SFM_MAX_DEPTH of every point x (n x 3). */
void sfm_cube_keys(sfm_helpers *helpers, const sfm_cube *cube, size_t n, const double *x,
                   sfm_key *key);

#endif
