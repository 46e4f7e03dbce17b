/* SPDX-License-Identifier: BSD-3-Clause */
#include "precompute/kernel_matrix.h"

#include "base/memory.h"
#include "operators/surface.h"

starfmm_status sfm_points_create(sfm_points *points, int order, double alpha,
                                 double half_side, double centre)
{
    size_t n = (size_t)sfm_surface_count(order);
    double *x = sfm_alloc(3 * n, sizeof *x);
    *points = (sfm_points){0};
    if (x == NULL)
        return sfm_fail(STARFMM_ENOMEM, "no memory for a surface of %zu points", n);
    sfm_surface_points(order, alpha, x, x + n, x + 2 * n, NULL);
    for (size_t i = 0; i < 3 * n; i++) x[i] = centre + half_side * x[i];
    *points = (sfm_points){.n = (int)n, .x = x, .y = x + n, .z = x + 2 * n};
    return STARFMM_OK;
}

void sfm_points_free(sfm_points *points)
{
    sfm_free(points->x);
    *points = (sfm_points){0};
}

void sfm_kernel_row(const sfm_kernel *kernel, const double *params, const sfm_points *trg,
                    int i, const sfm_points *src, double *row)
{
    for (int j = 0; j < src->n; j++) {
        long double d[3] = {(long double)trg->x[i] - src->x[j],
                            (long double)trg->y[i] - src->y[j],
                            (long double)trg->z[i] - src->z[j]};
        row[j] = (double)sfm_kernel_value(kernel, d, params);
    }
}

void sfm_kernel_matrix(const sfm_kernel *kernel, const double *params,
                       const sfm_points *trg, const sfm_points *src, double *matrix)
{
    for (int i = 0; i < trg->n; i++)
        sfm_kernel_row(kernel, params, trg, i, src, matrix + (size_t)i * (size_t)src->n);
}
