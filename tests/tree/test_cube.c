/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/test.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "tests/support/boxes.h"
#include "tests/support/points.h"
#include "tree/cube.h"

/* Half of the largest extent of the bounding box, computed in long double. */
static long double half_extent(size_t n, const double *x)
{
    long double largest = 0;
    for (int d = 0; d < 3; d++) {
        long double lo = x[d], hi = x[d];
        for (size_t i = 0; i < n; i++) {
            lo = fminl(lo, x[3 * i + d]);
            hi = fmaxl(hi, x[3 * i + d]);
        }
        largest = fmaxl(largest, (hi - lo) / 2);
    }
    return largest;
}

/* All points strictly below the upper faces, not below the lower ones. */
static int encloses(const sfm_cube *cube, size_t n, const double *x)
{
    for (size_t i = 0; i < 3 * n; i++) {
        long double from_centre = (long double)x[i] - cube->centre[i % 3];
        if (!(from_centre >= -cube->half && from_centre < cube->half)) return 0;
    }
    return 1;
}

SFM_CASE(smallest_cube_round_every_kind)
{
    const size_t n = 1000;
    for (int k = 0; k < sfm_test_n_kinds; k++) {
        double *x = sfm_test_points(sfm_test_kinds[k], n, 3);
        sfm_cube cube = sfm_cube_around(NULL, n, x, 0, NULL);
        double exact = (double)half_extent(n, x);
        CHECKF(encloses(&cube, n, x), "%s, seed 3", sfm_test_kinds[k]);
        CHECKF(exact == 0 || (cube.half > exact && cube.half < exact * (1 + 4e-8)),
               "%s, seed 3: half %g, extent %g", sfm_test_kinds[k], cube.half, exact);
        free(x);
    }
}

SFM_CASE(two_sets_are_enclosed)
{
    double *a = sfm_test_points("sphere", 300, 1),
           *b = sfm_test_points("ellipsoid", 200, 2);
    sfm_cube both = sfm_cube_around(NULL, 300, a, 200, b),
             alone = sfm_cube_around(NULL, 0, NULL, 200, b);
    CHECK(encloses(&both, 300, a) && encloses(&both, 200, b));
    CHECK(encloses(&alone, 200, b));
    free(a);
    free(b);
}

SFM_CASE(points_without_extent)
{
    const double values[] = {0, 1, -1e6, 1e300, -DBL_MAX, 1e-300, DBL_TRUE_MIN};
    sfm_cube none = sfm_cube_around(NULL, 0, NULL, 0, NULL);
    CHECK(none.half > 0 && isfinite(none.half));
    for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
        const double x[6] = {values[v], 0, values[v], values[v], 0, values[v]};
        sfm_cube cube = sfm_cube_around(NULL, 2, x, 0, NULL);
        CHECKF(cube.half >= DBL_MIN && isfinite(cube.half), "%g: half %g", values[v],
               cube.half);
        CHECKF(encloses(&cube, 2, x), "%g", values[v]);
        /* Coordinates of the point's size resolve the cube. */
        CHECKF(cube.half > fabs(values[v]) * 0x1p-30, "%g: half %g", values[v], cube.half);
    }
}

SFM_CASE(largest_and_smallest_extents)
{
    const double pairs[][2] = {{-DBL_MAX, DBL_MAX},  {0, DBL_MAX},
                               {0, DBL_TRUE_MIN},    {1e6, 1e6 + 0x1p-33},
                               {1, 1 + DBL_EPSILON}, {1 - DBL_EPSILON / 2, 1}};
    for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++) {
        const double x[6] = {pairs[k][0], 0, 0, pairs[k][1], 0, 0};
        sfm_cube cube = sfm_cube_around(NULL, 2, x, 0, NULL);
        sfm_key key[2];
        sfm_cube_keys(NULL, &cube, 2, x, key);
        CHECKF(cube.half > 0 && isfinite(cube.half), "%g %g", x[0], x[3]);
        /* Where the half side ends at DBL_MAX there is no room for padding. */
        CHECKF(k == 0 || encloses(&cube, 2, x), "%g %g", x[0], x[3]);
        CHECKF(sfm_key_level(key[0]) == SFM_MAX_DEPTH &&
                   sfm_key_level(key[1]) == SFM_MAX_DEPTH,
               "%g %g", x[0], x[3]);
        CHECKF(k == 2 || key[0] < key[1], "%g %g", x[0], x[3]);
    }
}

SFM_CASE(ends_whose_sum_overflows)
{
    const double x[6] = {0.9 * DBL_MAX, 0, 0, DBL_MAX, 0, 0};
    sfm_cube cube = sfm_cube_around(NULL, 2, x, 0, NULL);
    CHECK(encloses(&cube, 2, x));
    CHECKF(cube.half < 0.0501 * DBL_MAX, "half %g", cube.half);
}

SFM_CASE(points_lie_in_the_cell_of_their_key)
{
    const size_t n = 2000;
    for (int k = 0; k < sfm_test_n_kinds; k++) {
        double *x = sfm_test_points(sfm_test_kinds[k], n, 9);
        sfm_cube cube = sfm_cube_around(NULL, n, x, 0, NULL);
        sfm_key *key = malloc(n * sizeof *key);
        sfm_cube_keys(NULL, &cube, n, x, key);
        long double cells = 1 << (SFM_MAX_DEPTH - 1), worst = 0;
        for (size_t i = 0; i < n; i++) {
            sfm_test_box box = sfm_test_box_of(key[i]);
            CHECK(box.level == SFM_MAX_DEPTH);
            for (int d = 0; d < 3; d++) {
                long double at =
                    (((long double)x[3 * i + d] - cube.centre[d]) / cube.half + 1) * cells;
                worst = fmaxl(worst, fmaxl((long double)box.lo[d] - at, at - box.hi[d]));
            }
        }
        CHECKF(worst <= cells * 2 * DBL_EPSILON, "%s, seed 9: outside by %Lg cells",
               sfm_test_kinds[k], worst);
        free(x);
        free(key);
    }
}

/* The lower corner stays, also where coordinates hardly resolve the cube. */
SFM_CASE(stretch)
{
    const size_t n = 1000;
    for (int k = 0; k < sfm_test_n_kinds; k++) {
        double *x = sfm_test_points(sfm_test_kinds[k], n, 5);
        sfm_cube small = sfm_cube_around(NULL, n, x, 0, NULL),
                 large = sfm_cube_stretch(&small, 1.75);
        CHECKF(encloses(&large, n, x), "%s", sfm_test_kinds[k]);
        CHECKF(fabs(large.half / small.half - 1.75) < 4e-8, "%s: %g", sfm_test_kinds[k],
               large.half / small.half);
        for (int d = 0; d < 3; d++) {
            double below = (small.centre[d] - small.half) - (large.centre[d] - large.half);
            CHECKF(fabs(below) <=
                       4e-8 * small.half + 4 * DBL_EPSILON * fabs(small.centre[d]),
                   "%s: %g of %g", sfm_test_kinds[k], below, small.half);
        }
        free(x);
    }
    const double x[6] = {1e6, 0, 0, 1e6 + 0x1p-33, 0, 0};
    sfm_cube small = sfm_cube_around(NULL, 2, x, 0, NULL);
    for (double f = 1; f <= 2; f += 0x1p-6) {
        sfm_cube large = sfm_cube_stretch(&small, f);
        CHECKF(encloses(&large, 2, x), "%g", f);
    }
    const sfm_cube vast = {{0, DBL_MAX / 4, 0}, DBL_MAX / 2};
    sfm_cube same = sfm_cube_stretch(&vast, 2);
    CHECK(memcmp(&same, &vast, sizeof vast) == 0);
}

/* A cube is kept while it serves; else the next one has room for eight more such moves, within
 * limits. */
SFM_CASE(follow)
{
    const sfm_cube kept = {{1, 2, 3}, 1};
    const double rounding = 4e-8; /* of half sides */
    sfm_cube small = {{1.1, 2, 3}, 0.875}, next = sfm_cube_follow(&kept, &small, 1);
    CHECK(memcmp(&next, &kept, sizeof kept) == 0);
    small = (sfm_cube){{1 + 0x1p-10, 2, 3}, 1};
    next = sfm_cube_follow(&kept, &small, 1);
    CHECK(fabs(next.half - (1 + 8 * 0x1p-10)) < rounding);
    CHECK(fabs(next.centre[0] - small.centre[0]) < rounding);
    small = (sfm_cube){{5, 2, 3}, 1};
    CHECK(fabs(sfm_cube_follow(&kept, &small, 1).half - (1 + 0x1p-6)) < rounding);
    small = (sfm_cube){{1, 2, 3}, 0.25};
    CHECK(fabs(sfm_cube_follow(&kept, &small, 1).half - 0.25) < rounding);
    small = (sfm_cube){{0.75, 1.75, 2.75}, 0.375};
    CHECK(fabs(sfm_cube_follow(&kept, &small, 1).half - 0.375) < rounding);
    CHECK(sfm_cube_follow(&kept, &small, 1.5).half == 1);
    small.centre[0] = 0;
    double half = 1.5 * 0.375 * (1 + 0x1p-6);
    CHECK(fabs(sfm_cube_follow(&kept, &small, 1.5).half - half) < rounding);
}

SFM_MAIN()
