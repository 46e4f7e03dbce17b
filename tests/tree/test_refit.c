/* SPDX-License-Identifier: BSD-3-Clause */
/* Moved points in the nodes of their old tree: when they fit, and that every invariant of a
 * tree holds then. */
#include "tree/refit.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/points.h"
#include "tests/support/test.h"
#include "tests/support/tree_valid.h"

#define N 5000

static const sfm_tree_options plain = {.n_crit = 30, .max_depth = 21, .balance = 1};

/* Shake the points of a set by up to `by`; was the old tree kept? */
static int moves_into(const char *kind, double by, size_t n_trg)
{
    sfm_tree old, tree;
    sfm_tree_options o = plain;
    uint64_t seed = 5;
    double *x = sfm_test_points(kind, N, 1),
           *y = n_trg ? sfm_test_points(kind, n_trg, 2) : NULL;
    CHECK_OK(sfm_tree_build(&old, &plain, N, x, n_trg, y));
    for (size_t i = 0; i < 3 * N; i++)
        x[i] = 0.5 + (1 - by) * (x[i] - 0.5) + by * (sfm_test_uniform(&seed) - 0.5);
    o.old = &old;
    CHECK_OK(sfm_tree_build(&tree, &o, N, x, n_trg, y));
    CHECKF(sfm_test_tree_is_valid(&tree, &o, x, y), "%s by %g: %s", kind, by,
           starfmm_last_error());
    int kept = tree.n_nodes == old.n_nodes && sfm_tree_same_nodes(&tree, &old);
    sfm_tree_free(&tree);
    sfm_tree_free(&old);
    free(x);
    free(y);
    return kept;
}

SFM_CASE(when_points_fit)
{
    CHECK(moves_into("cube", 0, 0) && moves_into("cube", 0, 700));
    CHECK(moves_into("cube", 1e-5, 0));
    CHECK(!moves_into("cube", 0.3, 0));
    CHECK(!moves_into("plummer", 0.1, 700));
    for (int k = 0; k < sfm_test_n_kinds; k++)
        moves_into(sfm_test_kinds[k], 1e-4, k % 2 * 900);
}

/* 8 x 40 points in eight octants, n_crit 40; then so many more in the first one. */
static int takes(size_t more)
{
    enum { n = 400 };
    double x[3 * n];
    sfm_tree old, tree;
    sfm_tree_options o = {.n_crit = 40, .max_depth = 21, .balance = 1};
    uint64_t seed = 3;
    for (size_t i = 0; i < n; i++)
        for (size_t d = 0; d < 3; d++)
            x[3 * i + d] = (i >> d & 1) + 0.1 + 0.8 * sfm_test_uniform(&seed);
    CHECK_OK(sfm_tree_build(&old, &o, 320, x, 0, NULL));
    CHECK(old.n_nodes == 9);
    for (size_t i = 320; i < n; i++)
        for (size_t d = 0; d < 3; d++) x[3 * i + d] = 0.2 + 0.6 * sfm_test_uniform(&seed);
    o.old = &old;
    CHECK_OK(sfm_tree_build(&tree, &o, 320 + more, x, 0, NULL));
    int kept = sfm_tree_same_nodes(&tree, &old);
    CHECK(sfm_test_tree_is_valid(&tree, &o, x, NULL));
    sfm_tree_free(&tree);
    sfm_tree_free(&old);
    return kept;
}

/* 42 points in one octant, so that it is split, and 20 in each other; then so many fewer in
 * the first one, whose children all keep some. */
static int keeps_split(size_t fewer)
{
    enum { n_others = 140, n = n_others + 42 };
    double x[3 * n];
    sfm_tree old, tree;
    sfm_tree_options o = {.n_crit = 40, .max_depth = 21, .balance = 1};
    uint64_t seed = 4;
    for (size_t i = 0; i < n; i++) {
        size_t octant = i < n_others ? 1 + i % 7 : 0, child = i % 8;
        for (size_t d = 0; d < 3; d++) {
            double at = 0.1 + 0.8 * sfm_test_uniform(&seed);
            if (octant == 0) at = 0.5 * (double)(child >> d & 1) + 0.1 + 0.3 * at;
            x[3 * i + d] = (double)(octant >> d & 1) + at;
        }
    }
    CHECK_OK(sfm_tree_build(&old, &o, n, x, 0, NULL));
    CHECKF(old.n_nodes == 17, "%d nodes", old.n_nodes);
    o.old = &old;
    CHECK_OK(sfm_tree_build(&tree, &o, n - fewer, x, 0, NULL));
    int kept = sfm_tree_same_nodes(&tree, &old);
    CHECKF(sfm_test_tree_is_valid(&tree, &o, x, NULL), "%s", sfm_get_error());
    sfm_tree_free(&tree);
    sfm_tree_free(&old);
    return kept;
}

SFM_CASE(a_fifth_fewer)
{
    CHECK(keeps_split(0) && keeps_split(2) && keeps_split(10));
    CHECK(!keeps_split(11) && !keeps_split(20));
}

SFM_CASE(a_quarter_more)
{
    CHECK(takes(0) && takes(1) && takes(10));
    CHECK(!takes(11) && !takes(80));
}

SFM_MAIN()
