/* SPDX-License-Identifier: BSD-3-Clause */
/* Which sets fill a cube evenly, and the trees that these get. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "policy/cost.h"
#include "policy/spread.h"
#include "tests/support/points.h"
#include "tests/support/serial.h"
#include "tests/support/test.h"

static int is_even(size_t n, const double *x, size_t n_other, const double *other)
{
    const sfm_point_sets p = {
        .n_sources = n, .sources = x, .n_targets = n_other, .targets = other};
    return sfm_points_fill_cube(&p);
}

SFM_CASE(even_sets)
{
    const size_t sizes[] = {1024, 3000, 4096, 4097, 5000, 20000, 100000};
    for (int k = 0; k < sfm_test_n_kinds; k++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            const char *kind = sfm_test_kinds[k];
            if (strcmp(kind, "lattice") == 0 || strcmp(kind, "outlier") == 0) continue;
            double *x = sfm_test_points(kind, sizes[s], 7);
            int cube = strcmp(kind, "cube") == 0 || strcmp(kind, "tiny") == 0 ||
                       strcmp(kind, "huge") == 0 || strcmp(kind, "offset") == 0;
            CHECKF(is_even(sizes[s], x, 0, NULL) == cube, "%s, %zu", kind, sizes[s]);
            free(x);
        }
    const double few[3] = {0};
    CHECK(!is_even(0, NULL, 0, NULL) && !is_even(1, few, 0, NULL));
}

SFM_CASE(density_that_grows)
{
    const size_t n = 20000;
    double *x = sfm_test_points("cube", n, 7);
    for (size_t i = 0; i < n; i++) x[3 * i] = sqrt(x[3 * i]);
    CHECK(!is_even(n, x, 0, NULL));
    free(x);
}

SFM_CASE(two_sets_in_one_cube)
{
    const size_t n = 20000;
    double *x = sfm_test_points("cube", n, 7), *y = sfm_test_points("cube", n, 8),
           *z = sfm_test_points("sphere", n, 8);
    CHECK(is_even(n, x, n, y));
    CHECK(!is_even(n, x, n, z) && !is_even(n, z, n, x));
    for (size_t i = 0; i < 3 * n; i++) y[i] *= 0.9;
    CHECK(!is_even(n, x, n, y));
    free(x);
    free(y);
    free(z);
}

/* Cells along a side that hold points, of a root cube stretched by no more than 2. */
static double cells_along(const sfm_tree *t)
{
    return round(ldexp(1, t->depth) * 0.5 / t->half);
}

static void check_grid(const char *kind, size_t n, size_t n_other, int n_crit, int digits)
{
    starfmm_options o;
    sfm_test_serial s;
    starfmm_options_init(&o);
    o.digits = digits;
    o.n_crit = n_crit;
    REQUIRE(sfm_test_serial_make(&s, &o, kind, n, n_other, 1));
    const sfm_tree *t = &s.plan.geometry.tree;
    double k = cells_along(t);
    int32_t deepest = t->n_nodes - t->level_begin[t->depth];
    CHECKF(t->n_leaves <= k * k * k && deepest > 0.88 * k * k * k,
           "%zu points, n_crit %d: %d leaves, %d on the deepest level, %g along", n,
           s.plan.leaves.n_crit, (int)t->n_leaves, (int)deepest, k);
    CHECK(!n_crit || s.plan.leaves.n_crit == n_crit);
    sfm_test_serial_free(&s);
}

/* All leaves are of one level, whatever the number of points, and k along a side; but for
 * odd k nodes at upper edges have one or two children and may stay whole. */
SFM_CASE(leaves_of_one_level)
{
    for (size_t n = 4000; n < 100000; n = n * 3 / 2)
        for (int digits = 3; digits <= 9; digits += 3) check_grid("cube", n, 0, 0, digits);
    check_grid("cube", 30000, 50000, 0, 6);
    for (int n_crit = 40; n_crit < 400; n_crit *= 2) {
        check_grid("cube", 50000, 0, n_crit, 3);
        check_grid("cube", 20000, 50000, n_crit, 3);
    }
}

/* A level that max_depth forbids is not counted on. */
SFM_CASE(depth_that_is_capped)
{
    starfmm_options o;
    sfm_test_serial s;
    starfmm_options_init(&o);
    o.digits = 3;
    o.max_depth = 2;
    REQUIRE(sfm_test_serial_make(&s, &o, "cube", 50000, 0, 1));
    CHECK(s.plan.geometry.tree.n_leaves == 64 && s.plan.geometry.tree.depth == 2);
    sfm_test_serial_free(&s);
}

/* Surfaces and clusters keep the smallest cube. */
SFM_CASE(smallest_cube_otherwise)
{
    const char *const kinds[] = {"sphere", "helix", "plummer"};
    starfmm_options o;
    starfmm_options_init(&o);
    o.digits = 3;
    for (int k = 0; k < 3; k++) {
        sfm_test_serial s;
        REQUIRE(sfm_test_serial_make(&s, &o, kinds[k], 20000, 0, 1));
        CHECKF(s.plan.leaves.stretch == 1, "%s: %g", kinds[k], s.plan.leaves.stretch);
        sfm_test_serial_free(&s);
    }
}

SFM_MAIN()
