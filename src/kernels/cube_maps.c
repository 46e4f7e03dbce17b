/* SPDX-License-Identifier: BSD-3-Clause */
/* Maps of the cube by their number: six permutations of the axes times eight reflections.  All
 * signs follow from the two parts; inverses are found by trying. */
#include "kernels/cube_maps.h"

#include <stddef.h>

sfm_cube_map sfm_cube_map_get(int g)
{
    /* The even permutations first. */
    static const int axis[6][3] = {{0, 1, 2}, {1, 2, 0}, {2, 0, 1},
                                   {0, 2, 1}, {2, 1, 0}, {1, 0, 2}};
    int permutation = g / SFM_CUBE_REFLECTIONS;
    sfm_cube_map map = {.permutation_sign = permutation < 3 ? 1 : -1, .reflection_sign = 1};
    for (int d = 0; d < 3; d++) {
        map.axis[d] = axis[permutation][d];
        map.sign[d] = g >> d & 1 ? -1 : 1;
        map.reflection_sign *= map.sign[d];
    }
    return map;
}

int sfm_cube_map_inverse(int g)
{
    const sfm_cube_map map = sfm_cube_map_get(g);
    for (int h = 0; h < SFM_CUBE_MAPS; h++) {
        const sfm_cube_map other = sfm_cube_map_get(h);
        int inverse = 1;
        for (int d = 0; d < 3; d++)
            inverse &=
                other.axis[map.axis[d]] == d && other.sign[map.axis[d]] == map.sign[d];
        if (inverse) return h;
    }
    return 0;
}

/* A tensor: (R T R^T)_de = sign_d sign_e T_axis(d)axis(e).  index[d][e] is where T_de is.
 */
static void turn_tensor(const int index[3][3], const sfm_cube_map *map, int first,
                        sfm_turn *turn)
{
    for (int d = 0; d < 3; d++)
        for (int e = 0; e < 3; e++) {
            turn->from[first + index[d][e]] = first + index[map->axis[d]][map->axis[e]];
            turn->sign[first + index[d][e]] = map->sign[d] * map->sign[e];
        }
}

void sfm_turn_set(sfm_turn *turn, const uint8_t *tensor, int n, const sfm_cube_map *map)
{
    static const int symmetric[3][3] = {{0, 1, 2}, {1, 3, 4}, {2, 4, 5}};
    static const int full[3][3] = {{0, 1, 2}, {3, 4, 5}, {6, 7, 8}};
    for (int c = 0, length; c < n; c += length) {
        length = tensor == NULL ? SFM_SCALAR : *tensor++;
        if (length == SFM_SYMMETRIC_TENSOR)
            turn_tensor(symmetric, map, c, turn);
        else if (length == SFM_FULL_TENSOR)
            turn_tensor(full, map, c, turn);
        else
            for (int d = 0; d < length; d++) {
                int is_vector = length == SFM_VECTOR;
                turn->from[c + d] = is_vector ? c + map->axis[d] : c + d;
                turn->sign[c + d] = is_vector ? map->sign[d] : 1;
            }
    }
}
