/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The 48 rotations and reflections that map a cube onto itself: signed permutations of the
 * axes, (R x)_d = sign[d] x_axis[d].
 *
 * Surfaces, offsets of boxes and frequencies are mapped onto themselves by them, and an
 * isotropic kernel turns with them, K(R x) = D(R) K(x) D(R)^T.  The components of vectors
 * and tensors turn by signed permutations D(R) too.
 */
#ifndef SFM_CUBE_MAPS_H
#define SFM_CUBE_MAPS_H

#include <stdint.h>

/*
 * Map g = 8 * permutation + reflection: permute the axes, then reverse those in the bits of
 * `reflection`.  So map 0 changes nothing, maps 0 ... 7 are the reflections, and the maps
 * 8 * k, permutations alone, are all that keep octant 0 (or 7) where it is.
 */
#define SFM_CUBE_MAPS 48
#define SFM_CUBE_REFLECTIONS 8
#define SFM_CUBE_PERMUTATIONS 6

typedef struct sfm_cube_map {
    int axis[3], sign[3];
    int permutation_sign; /* 1 or -1, of the permutation alone */
    int reflection_sign;  /* 1 or -1, the product of sign[] */
} sfm_cube_map;

sfm_cube_map sfm_cube_map_get(int g);

/* The map h with R_h = R_g transposed, its inverse. */
int sfm_cube_map_inverse(int g);

/* out = R in. */
static inline void sfm_cube_map_apply(const sfm_cube_map *map, const int in[3], int out[3])
{
    for (int d = 0; d < 3; d++) out[d] = map->sign[d] * in[map->axis[d]];
}

/* ---- components --------------------------------------------------------------------- */

#define SFM_MAX_COMPONENTS 16

/* How runs of components turn; the number is that of the components of a run. */
enum {
    SFM_SCALAR = 1,
    SFM_VECTOR = 3,
    SFM_SYMMETRIC_TENSOR = 6, /* xx xy xz yy yz zz */
    SFM_FULL_TENSOR = 9       /* xx xy xz yx ... zz */
};

/* D(R): (D q)_c = sign[c] q_from[c]. */
typedef struct sfm_turn {
    int from[SFM_MAX_COMPONENTS], sign[SFM_MAX_COMPONENTS];
} sfm_turn;

/* The turn of n <= SFM_MAX_COMPONENTS components, given as runs (NULL: scalars all). */
void sfm_turn_set(sfm_turn *turn, const uint8_t *tensor, int n, const sfm_cube_map *map);

#endif
