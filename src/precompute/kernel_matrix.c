/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Matrices of a kernel between the points of two surfaces, component-major: the rows are
 * [component][point] of the check surface, the columns those of the equivalent one, and entry
 * (b, i), (a, j) is K_ba(x_i - y_j).
 */
#include "precompute/kernel_matrix.h"

#include <math.h>

#include "base/memory.h"

static starfmm_status allocate_surface(sfm_surface *surface, int n)
{
    size_t count = (size_t)n;
    double *x = sfm_alloc(3 * count, sizeof *x);
    *surface = (sfm_surface){0};
    if (x == NULL)
        return sfm_fail(STARFMM_ENOMEM, "no memory for a surface of %d points", n);
    *surface = (sfm_surface){.n = n, .x = {x, x + count, x + 2 * count}};
    return STARFMM_OK;
}

starfmm_status sfm_surface_create(sfm_surface *surface, int order, sfm_surface_form form,
                                  double half_side, const double centre[3])
{
    SFM_TRY(allocate_surface(surface, sfm_surface_count(order)));
    sfm_surface_points(order, form, surface->x[0], surface->x[1], surface->x[2], NULL);
    for (int d = 0; d < 3; d++)
        for (int i = 0; i < surface->n; i++)
            surface->x[d][i] = centre[d] + half_side * surface->x[d][i];
    return STARFMM_OK;
}

starfmm_status sfm_surface_select(sfm_surface *surface, const sfm_surface *all, int n,
                                  const int *point)
{
    SFM_TRY(allocate_surface(surface, n));
    for (int d = 0; d < 3; d++)
        for (int i = 0; i < n; i++) surface->x[d][i] = all->x[d][point[i]];
    return STARFMM_OK;
}

void sfm_surface_free(sfm_surface *surface)
{
    sfm_free(surface->x[0]);
    *surface = (sfm_surface){0};
}

/* The images under one map.  With the grid's indices counted from its centre, in half
 * spacings, the map acts on integers. */
static void map_points(int order, const sfm_cube_map *map, int n, const int *grid_index,
                       const int *point_at, int *image)
{
    int last = order - 1;
    for (int i = 0; i < n; i++) {
        int g = grid_index[i], to[3];
        const int from[3] = {2 * (g % order) - last, 2 * (g / order % order) - last,
                             2 * (g / order / order) - last};
        sfm_cube_map_apply(map, from, to);
        for (int d = 0; d < 3; d++) to[d] = (to[d] + last) / 2;
        image[i] = point_at[to[0] + order * (to[1] + order * to[2])];
    }
}

starfmm_status sfm_surface_images(int order, int **images)
{
    size_t n = (size_t)sfm_surface_count(order), edge = (size_t)order;
    int *image = sfm_alloc(SFM_CUBE_MAPS * n, sizeof *image);
    int *grid_index = sfm_alloc(n + edge * edge * edge, sizeof *grid_index);
    double *xyz = sfm_alloc(3 * n, sizeof *xyz);
    int complete = image != NULL && grid_index != NULL && xyz != NULL;
    if (complete) {
        int *point_at = grid_index + n;
        sfm_surface_points(order, SFM_INNER_FORM, xyz, xyz + n, xyz + 2 * n, grid_index);
        for (int i = 0; i < (int)n; i++) point_at[grid_index[i]] = i;
        for (int g = 0; g < SFM_CUBE_MAPS; g++) {
            const sfm_cube_map map = sfm_cube_map_get(g);
            map_points(order, &map, (int)n, grid_index, point_at, image + (size_t)g * n);
        }
    }
    sfm_free(xyz);
    sfm_free(grid_index);
    if (!complete) {
        sfm_free(image);
        image = NULL;
    }
    *images = image;
    return complete ? STARFMM_OK
                    : sfm_fail(STARFMM_ENOMEM, "no memory for the maps of order %d", order);
}

starfmm_status sfm_kernel_matrix(const sfm_block_kernel *kernel, const sfm_surface *trg,
                                 const sfm_surface *src, double *matrix)
{
    size_t n_trg = (size_t)trg->n, n_src = (size_t)src->n;
    size_t n_check = (size_t)kernel->n_check, n_equiv = (size_t)kernel->n_equiv;
    long double k[SFM_MAX_COMPONENTS * SFM_MAX_COMPONENTS];
    for (size_t i = 0; i < n_trg; i++)
        for (size_t j = 0; j < n_src; j++) {
            long double d[3];
            for (int c = 0; c < 3; c++) d[c] = (long double)trg->x[c][i] - src->x[c][j];
            kernel->block(kernel, d, k);
            for (size_t ba = 0; ba < n_check * n_equiv; ba++) {
                size_t row = ba / n_equiv * n_trg + i, column = ba % n_equiv * n_src + j;
                double value = (double)k[ba];
                if (!isfinite(value))
                    return sfm_fail(STARFMM_ENUMERIC,
                                    "kernel '%s' is %g at distance (%Lg, %Lg, %Lg)",
                                    kernel->name, value, d[0], d[1], d[2]);
                matrix[row * n_equiv * n_src + column] = value;
            }
        }
    return STARFMM_OK;
}
