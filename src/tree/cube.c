/* SPDX-License-Identifier: BSD-3-Clause */
#include "tree/cube.h"

#include <float.h>
#include <math.h>
#include <pthread.h>

#include "tree/bits.h"

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
/* Cells of the deepest level along the half side. */
#define HALF_CELLS ((double)(1 << (SFM_MAX_DEPTH - 1)))

typedef struct box {
    double lo[3], hi[3];
} box;

static void extend(box *b, size_t n, const double *x)
{
    box r = *b;
    for (size_t i = 0; i < n; i++)
        for (int d = 0; d < 3; d++) {
            double v = x[3 * i + d];
            r.lo[d] = v < r.lo[d] ? v : r.lo[d];
            r.hi[d] = v > r.hi[d] ? v : r.hi[d];
        }
    *b = r;
}

/* A box that grows by the boxes of ranges of points. */
typedef struct shared_box {
    const double *x;
    pthread_mutex_t lock;
    box box;
} shared_box;

static void extend_by_range(void *arg, size_t begin, size_t end)
{
    shared_box *b = arg;
    const double *x = b->x + 3 * begin;
    box r = {{x[0], x[1], x[2]}, {x[0], x[1], x[2]}};
    extend(&r, end - begin, x);
    pthread_mutex_lock(&b->lock);
    extend(&b->box, 1, r.lo);
    extend(&b->box, 1, r.hi);
    pthread_mutex_unlock(&b->lock);
}

/* Half side round points that all lie in the centre. */
static double lone_half(const double centre[3])
{
    double largest = 0;
    for (int d = 0; d < 3; d++) largest = fmax(largest, fabs(centre[d]));
    return largest > 0 ? largest * LONE_PART : 1.0;
}

/* The half side is rounded up to so many bits, and the centre, unless far from the origin, to
 * the last of these: then the centres of all nodes are exact (tree/geometry.h). */
#define HALF_BITS 28

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
    if (n_a + n_b == 0) return cube;
    const double *first = n_a ? a : b;
    shared_box shared = {.x = a, .lock = PTHREAD_MUTEX_INITIALIZER};
    shared.box = (box){{first[0], first[1], first[2]}, {first[0], first[1], first[2]}};
    sfm_parallel_for(helpers, n_a, SFM_GRAIN_POINTS, extend_by_range, &shared);
    shared.x = b;
    sfm_parallel_for(helpers, n_b, SFM_GRAIN_POINTS, extend_by_range, &shared);
    const box r = shared.box;
    double half = 0;
    for (int d = 0; d < 3; d++) {
        /* Halved first: the sum of the ends may overflow.  Measured from the rounded
         * centre: far from the origin it may lie off the middle by as much as the extent.
         */
        double c = cube.centre[d] = fmin(fmax(r.lo[d] / 2 + r.hi[d] / 2, r.lo[d]), r.hi[d]);
        half = fmax(half, fmax(r.hi[d] - c, c - r.lo[d]));
    }
    if (half == 0) half = lone_half(cube.centre);
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

/* Integer coordinate at the deepest level.  The difference is exact or its rounding is
 * relative; so is that of the product; the sum errs by 2^-53 of the root's half side. */
static inline uint32_t cell(double x, double centre, double scale)
{
    const int32_t last = (1 << SFM_MAX_DEPTH) - 1;
    int32_t c = (int32_t)((x - centre) * scale + HALF_CELLS);
    /* Reached only where the padding would have overflowed. */
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
    const sfm_cube *cube = l->cube;
    const double *x = l->x;
    sfm_key *key = l->key;
    const double cx = cube->centre[0], cy = cube->centre[1], cz = cube->centre[2];
    const double scale = HALF_CELLS / cube->half; /* a normal number: see SMALLEST_HALF */
    const sfm_key top = (sfm_key)1 << 3 * SFM_MAX_DEPTH;
    for (size_t i = begin; i < end; i++)
        key[i] =
            top | sfm_interleave(cell(x[3 * i], cx, scale), cell(x[3 * i + 1], cy, scale),
                                 cell(x[3 * i + 2], cz, scale));
}

void sfm_cube_keys(sfm_helpers *helpers, const sfm_cube *cube, size_t n, const double *x,
                   sfm_key *key)
{
    key_loop l = {cube, x, key};
    sfm_parallel_for(helpers, n, SFM_GRAIN_POINTS, make_keys, &l);
}

/* How far a cube reaches beyond another, 0: nowhere. */
static double overhang(const sfm_cube *a, const sfm_cube *b)
{
    double most = 0;
    for (int d = 0; d < 3; d++) {
        most = fmax(most, (b->centre[d] - b->half) - (a->centre[d] - a->half));
        most = fmax(most, (a->centre[d] + a->half) - (b->centre[d] + b->half));
    }
    return most;
}

static int serves(const sfm_cube *kept, const sfm_cube *smallest, double stretch)
{
    return kept->half < 2 * stretch * smallest->half && overhang(smallest, kept) == 0;
}

sfm_cube sfm_cube_follow(const sfm_cube *kept, const sfm_cube *smallest, double stretch)
{
    sfm_cube cube = *smallest;
    if (serves(kept, smallest, stretch)) return *kept;
    cube.half += fmin(MOVES_AHEAD * overhang(smallest, kept), MOST_ROOM * cube.half);
    cube.half = fmin(cube.half, DBL_MAX);
    return sfm_cube_stretch(&cube, stretch);
}
