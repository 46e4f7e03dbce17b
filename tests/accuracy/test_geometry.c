/* SPDX-License-Identifier: BSD-3-Clause */
/* Differences of coordinates are as exact as doubles allow, whatever else is in the set: an
 * outlier, an offset, clusters of clusters, extents near the ends of the range. */
#include <stdlib.h>

#include "starfmm.h"
#include "tests/support/errors.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

/* Orders that are good for ten digits, so that coordinates are what is tested. */
#define ORDER 11
#define CHECK_ORDER 13

/* Relative L2 errors of potential and gradient at all points. */
static void check_set(const char *what, size_t n, const double *x, double tolerance)
{
    double *q = sfm_test_charges(n, -1, 1, 5), *p = malloc(4 * n * sizeof *p);
    double *e = malloc(4 * n * sizeof *e), *g = p + n, *eg = e + n;
    starfmm_options o;
    starfmm_plan *plan;
    starfmm_options_init(&o);
    o.order = ORDER;
    o.check_order = CHECK_ORDER;
    o.gradient = STARFMM_ON;
    CHECK_OK(starfmm_plan_create(&plan, &o, n, x, 0, NULL));
    CHECK_OK(starfmm_evaluate(plan, 1, q, p, g));
    CHECK_OK(starfmm_direct(&o, n, x, 0, NULL, 1, q, n, NULL, e, eg));
    double error = sfm_test_distance(n, p, e), gradient = sfm_test_distance(3 * n, g, eg);
    CHECKF(error < tolerance, "%s: potential %g", what, error);
    CHECKF(gradient < tolerance, "%s: gradient %g", what, gradient);
    CHECK_OK(starfmm_plan_destroy(plan));
    free(q);
    free(p);
    free(e);
}

/* Nine points in a unit cube and one at a distance. */
SFM_CASE(outlier)
{
    const double distance[] = {1e6, 1e8, 1e12};
    const double offset[] = {0, 1e6};
    CHECK_OK(starfmm_runtime_start(2));
    for (int d = 0; d < 3; d++)
        for (int k = 0; k < 2; k++) {
            double *x = sfm_test_points("cube", 10, 3);
            for (int i = 0; i < 30; i++) x[i] += offset[k];
            x[27] = distance[d] + offset[k];
            check_set("outlier", 10, x, 1e-14);
            free(x);
        }
    starfmm_runtime_stop();
}

/* Two clusters whose points are a millionth of a millionth of their distance apart, near and
 * far from the origin of coordinates. */
SFM_CASE(tight_clusters)
{
    const size_t n = 3000;
    CHECK_OK(starfmm_runtime_start(2));
    for (int k = 0; k < 2; k++) {
        double *x = sfm_test_points("cube", n, 4);
        for (size_t i = 0; i < 3 * n; i++)
            x[i] = x[i] * 1e-9 + (i < n ? 0 : k == 0 ? 1000 : 0.7);
        check_set(k ? "clusters in the unit cube" : "clusters far apart", n, x, 1e-9);
        free(x);
    }
    starfmm_runtime_stop();
}

/* A few thousand points beside one so far away that all the others share a deep leaf or the
 * deepest levels. */
SFM_CASE(cluster_beside_an_outlier)
{
    const size_t n = 3000;
    CHECK_OK(starfmm_runtime_start(2));
    for (double distance = 1e3; distance < 1e10; distance *= 1e3) {
        double *x = sfm_test_points("cube", n, 6);
        x[0] = distance;
        check_set("cluster", n, x, 1e-9);
        free(x);
    }
    starfmm_runtime_stop();
}

SFM_CASE(offset)
{
    const size_t n = 3000;
    const double offset[] = {3, 1e3, 1e6};
    CHECK_OK(starfmm_runtime_start(2));
    for (int k = 0; k < 3; k++) {
        double *x = sfm_test_points("plummer", n, 7);
        for (size_t i = 0; i < 3 * n; i++) x[i] += i % 3 == 1 ? 0 : offset[k];
        check_set("offset", n, x, 1e-9);
        free(x);
    }
    starfmm_runtime_stop();
}

/* Potentials of such extents are in range, gradients at 1e-150 are, too. */
SFM_CASE(ends_of_the_range)
{
    const size_t n = 2000;
    const double scale[] = {1e-150, 1e150};
    CHECK_OK(starfmm_runtime_start(2));
    for (int k = 0; k < 2; k++) {
        double *x = sfm_test_points("sphere", n, 8);
        for (size_t i = 0; i < 3 * n; i++) x[i] *= scale[k];
        check_set("scaled", n, x, 1e-9);
        free(x);
    }
    starfmm_runtime_stop();
}

/* One point has no field, wherever it lies. */
SFM_CASE(one_point)
{
    CHECK_OK(starfmm_runtime_start(1));
    for (double at = 1e-300; at < 1e301; at *= 1e100) {
        double x[3] = {at, 0, 0}, q = 1, p = 1, g[3] = {1, 1, 1};
        starfmm_options o;
        starfmm_plan *plan;
        starfmm_options_init(&o);
        o.gradient = STARFMM_ON;
        CHECK_OK(starfmm_plan_create(&plan, &o, 1, x, 0, NULL));
        CHECK_OK(starfmm_evaluate(plan, 1, &q, &p, g));
        CHECKF(p == 0 && g[0] == 0 && g[1] == 0 && g[2] == 0, "%g: %g, %g %g %g", at, p,
               g[0], g[1], g[2]);
        CHECK_OK(starfmm_plan_destroy(plan));
    }
    starfmm_runtime_stop();
}

SFM_MAIN()
