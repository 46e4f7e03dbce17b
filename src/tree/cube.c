/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cubes round points of any finite size, without overflow and with every point inside in
 * exact arithmetic.  A point's cell of the deepest level along a dimension is
 *
 *   floor((x - centre) * (2^20 / half) + 2^20)     in 0 ... 2^21 - 1
 *
 * The difference is exact or its rounding is relative, as is that of the product; the sum
 * errs by 2^-53 of the half side.  The cube's padding is far larger than that.
 */
#include "tree/cube.h"

#include <float.h>
#include <math.h>
#include <pthread.h>

/* Padding of the half side: far above the rounding of a relative coordinate (2^-53), far
 * below a cell of the deepest level (2^-20 of the half side). */
#define PAD 0x1p-30
/* The smallest half side: times 2^-SFM_MAX_DEPTH it is still a normal number. */
#define SMALLEST_HALF (DBL_MIN * 0x1p22)
/* Half side round points that all coincide, as a part of their distance from the origin, so
 * that the cube is resolved by coordinates of that size. */
#define LONE_PART 0x1p-10
/* Moves like the last one that a cube has room for, and the most room, as a part of the
 * half side: more would show in the number of points to a leaf. */
#define MOVES_AHEAD 8
#define MOST_ROOM 0x1p-6
/* The half side is rounded up to so many bits, and the centre, unless far from the origin, to
 * the last of these: then the centres of all nodes are exact (tree/geometry.h). */
#define HALF_BITS 28
/* Points in a plane or on a line lie at a third of the cube's side, and so at a third or two of
 * the side of every box, since expansions err most along the faces of boxes: where they extend
 * over less than this part of the half side. */
#define THIN 0x1p-3
/* Cells of the deepest level along the half side. */
#define HALF_CELLS ((double)(1 << (SFM_MAX_DEPTH - 1)))

/* A bounding box that grows by those of ranges of points. */
typedef struct bounding_box {
    const double *x;
    pthread_mutex_t lock; /* of what follows */
    double lo[3], hi[3];
} bounding_box;

static void bound_points(void *arg, size_t begin, size_t end)
{
    bounding_box *b = arg;
    const double *x = b->x;
    double lo[3] = {x[3 * begin], x[3 * begin + 1], x[3 * begin + 2]};
    double hi[3] = {lo[0], lo[1], lo[2]};
    for (size_t i = begin; i < end; i++)
        for (int d = 0; d < 3; d++) {
            double v = x[3 * i + d];
            lo[d] = v < lo[d] ? v : lo[d];
            hi[d] = v > hi[d] ? v : hi[d];
        }
    pthread_mutex_lock(&b->lock);
    for (int d = 0; d < 3; d++) {
        b->lo[d] = fmin(b->lo[d], lo[d]);
        b->hi[d] = fmax(b->hi[d], hi[d]);
    }
    pthread_mutex_unlock(&b->lock);
}

static sfm_cube round_cube(sfm_cube cube)
{
    int exponent;
    frexp(cube.half, &exponent);
    double unit = ldexp(1, exponent - HALF_BITS);
    double half = (ceil(cube.half / unit) + 1) * unit; /* room for the centre's rounding */
    if (!(half <= DBL_MAX / 8)) return cube;
    cube.half = half;
    for (int d = 0; d < 3; d++)
        if (sfm_cube_is_near_origin(&cube, d))
            cube.centre[d] = rint(cube.centre[d] / unit) * unit;
    return cube;
}

sfm_cube sfm_cube_around(sfm_helpers *helpers, size_t n_a, const double *a, size_t n_b,
                         const double *b)
{
    sfm_cube cube = {.half = 1.0};
    bounding_box box = {a,
                        PTHREAD_MUTEX_INITIALIZER,
                        {DBL_MAX, DBL_MAX, DBL_MAX},
                        {-DBL_MAX, -DBL_MAX, -DBL_MAX}};
    if (n_a + n_b == 0) return cube;
    sfm_parallel_for(helpers, n_a, SFM_GRAIN_POINTS, bound_points, &box);
    box.x = b;
    sfm_parallel_for(helpers, n_b, SFM_GRAIN_POINTS, bound_points, &box);
    double half = 0, farthest = 0;
    for (int d = 0; d < 3; d++) {
        /* Halved first: the sum of the ends may overflow.  Measured from the rounded centre:
         * far from the origin it may lie off the middle by as much as the extent. */
        double lo = box.lo[d], hi = box.hi[d];
        double c = fmin(fmax(lo / 2 + hi / 2, lo), hi) + 0.0; /* one zero, not two */
        cube.centre[d] = c;
        half = fmax(half, fmax(hi - c, c - lo));
        farthest = fmax(farthest, fabs(c));
    }
    for (int d = 0; half < DBL_MAX / 8 && d < 3; d++)
        if (box.hi[d] / 2 - box.lo[d] / 2 < THIN * half) cube.centre[d] += half / 3;
    if (half == 0) half = farthest > 0 ? farthest * LONE_PART : 1.0;
    cube.half = fmin(fmax(half * (1 + PAD), SMALLEST_HALF), DBL_MAX);
    return round_cube(cube);
}

sfm_cube sfm_cube_stretch(const sfm_cube *cube, double factor)
{
    sfm_cube r = *cube;
    if (!(factor > 1)) return round_cube(r);
    r.half *= factor;
    for (int d = 0; d < 3; d++) {
        r.centre[d] += cube->half * (factor - 1);
        /* The rounded centre may lie off by as much as the extent, see above. */
        double reach = fabs(r.centre[d] - cube->centre[d]) + cube->half;
        if (reach > r.half) r.half = reach * (1 + PAD);
    }
    for (int d = 0; d < 3; d++)
        if (!(r.half + fabs(r.centre[d]) <= DBL_MAX)) return *cube;
    return round_cube(r);
}

sfm_cube sfm_cube_follow(const sfm_cube *kept, const sfm_cube *smallest, double stretch)
{
    sfm_cube cube = *smallest;
    double overhang = 0; /* how far the smallest one reaches beyond the kept one */
    for (int d = 0; d < 3; d++) {
        double kept_lo = kept->centre[d] - kept->half, lo = cube.centre[d] - cube.half;
        double kept_hi = kept->centre[d] + kept->half, hi = cube.centre[d] + cube.half;
        overhang = fmax(overhang, fmax(kept_lo - lo, hi - kept_hi));
    }
    if (overhang == 0 && kept->half < 2 * stretch * cube.half) return *kept;
    cube.half += fmin(MOVES_AHEAD * overhang, MOST_ROOM * cube.half);
    cube.half = fmin(cube.half, DBL_MAX);
    return sfm_cube_stretch(&cube, stretch);
}

/* ---- keys -------------------------------------------------------------------------- */

static inline uint32_t find_cell(double x, double centre, double scale)
{
    const int32_t last = (1 << SFM_MAX_DEPTH) - 1;
    int32_t c = (int32_t)((x - centre) * scale + HALF_CELLS);
    /* Beyond the last only where the padding would have overflowed. */
    return (uint32_t)(c < last ? c : last);
}

typedef struct key_loop {
    const sfm_cube *cube;
    const double *x;
    sfm_key *key;
} key_loop;

static void make_keys(void *arg, size_t begin, size_t end)
{
    const key_loop *l = arg;
    const double cx = l->cube->centre[0], cy = l->cube->centre[1], cz = l->cube->centre[2];
    const double scale = HALF_CELLS / l->cube->half; /* normal: see SMALLEST_HALF */
    for (size_t i = begin; i < end; i++) {
        const double *x = l->x + 3 * i;
        const uint32_t anchor[3] = {find_cell(x[0], cx, scale), find_cell(x[1], cy, scale),
                                    find_cell(x[2], cz, scale)};
        l->key[i] = sfm_key_encode(SFM_MAX_DEPTH, anchor);
    }
}

void sfm_cube_keys(sfm_helpers *helpers, const sfm_cube *cube, size_t n, const double *x,
                   sfm_key *key)
{
    key_loop l = {cube, x, key};
    sfm_parallel_for(helpers, n, SFM_GRAIN_POINTS, make_keys, &l);
}
