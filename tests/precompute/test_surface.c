/* SPDX-License-Identifier: BSD-3-Clause */
#include "operators/surface.h"

#include <math.h>
#include <string.h>

#include "tests/support/test.h"

#define MAX_POINTS (6 * 21 * 21 + 2)

static double x[MAX_POINTS], y[MAX_POINTS], z[MAX_POINTS];
static int grid_index[MAX_POINTS];

/* The definition: of the order^3 points of the grid, those with an index at an end. */
static int naive_points(int order, int found[MAX_POINTS])
{
    int n = 0, last = order - 1;
    for (int g = 0; g < order * order * order; g++) {
        int i = g % order, j = g / order % order, k = g / order / order;
        if (i == 0 || j == 0 || k == 0 || i == last || j == last || k == last)
            found[n++] = g;
    }
    return n;
}

SFM_CASE(points_are_the_faces_of_the_grid)
{
    static int found[MAX_POINTS];
    for (int order = 1; order <= SFM_MAX_CHECK_ORDER; order++) {
        int n = naive_points(order, found);
        CHECKF(sfm_surface_count(order) == n, "order %d: %d, %d", order,
               sfm_surface_count(order), n);
        sfm_surface_points(order, SFM_INNER_FORM, x, y, z, grid_index);
        CHECKF(memcmp(found, grid_index, (size_t)n * sizeof found[0]) == 0, "order %d",
               order);
    }
}

SFM_CASE(points_sit_where_their_index_says)
{
    const double alpha = 2.95;
    for (int order = 2; order <= SFM_MAX_CHECK_ORDER; order++) {
        double h = 2 * alpha / (order - 1), worst = 0.0;
        int n_off_face = 0;
        int n = sfm_surface_count(order);
        sfm_surface_points(order, (sfm_surface_form){alpha, 0}, x, y, z, grid_index);
        for (int p = 0; p < n; p++) {
            int g = grid_index[p];
            worst = fmax(worst, fabs(x[p] - (-alpha + h * (g % order))));
            worst = fmax(worst, fabs(y[p] - (-alpha + h * (g / order % order))));
            worst = fmax(worst, fabs(z[p] - (-alpha + h * (g / order / order))));
            n_off_face += fmax(fabs(x[p]), fmax(fabs(y[p]), fabs(z[p]))) != alpha;
        }
        CHECKF(worst < 4e-15, "order %d: off by %g", order, worst);
        CHECKF(n_off_face == 0, "order %d: %d points not on a face", order, n_off_face);
    }
}

SFM_CASE(order_one_is_the_centre)
{
    sfm_surface_points(1, SFM_OUTER_FORM, x, y, z, grid_index);
    CHECK(x[0] == 0.0 && y[0] == 0.0 && z[0] == 0.0 && grid_index[0] == 0);
}

SFM_CASE(reflections_are_exact)
{
    for (int order = 1; order <= 9; order++) {
        int n = sfm_surface_count(order);
        sfm_surface_points(order, SFM_OUTER_FORM, x, y, z, NULL);
        /* Reversing all three axes reverses the order of the indices. */
        int n_wrong = 0;
        for (int p = 0, q = n - 1; p < n; p++, q--)
            n_wrong += x[p] != -x[q] || y[p] != -y[q] || z[p] != -z[q];
        CHECKF(n_wrong == 0, "order %d: %d points", order, n_wrong);
    }
}

SFM_MAIN()
