/* SPDX-License-Identifier: BSD-3-Clause */
#include "precompute/reflections.h"

#include "base/memory.h"
#include "operators/surface.h"

/* images[i] for one octant. `point_at` is scratch of order^3. */
static void reflect_points(int order, int octant, const int *grid_index, int *point_at,
                           int *images)
{
    int n = sfm_surface_count(order), last = order - 1;
    for (int i = 0; i < n; i++) point_at[grid_index[i]] = i;
    for (int i = 0; i < n; i++) {
        int g = grid_index[i];
        int x = g % order, y = g / order % order, z = g / order / order;
        if (octant & 1) x = last - x;
        if (octant & 2) y = last - y;
        if (octant & 4) z = last - z;
        images[i] = point_at[x + order * (y + order * z)];
    }
}

starfmm_status sfm_reflections_create(int order, int **images)
{
    size_t n = (size_t)sfm_surface_count(order), edge = (size_t)order;
    int *image = sfm_alloc(8 * n, sizeof *image);
    int *scratch = sfm_alloc(n + edge * edge * edge, sizeof *scratch);
    double *xyz = sfm_alloc(3 * n, sizeof *xyz);
    int ok = image != NULL && scratch != NULL && xyz != NULL;
    if (ok) {
        sfm_surface_points(order, 1.0, xyz, xyz + n, xyz + 2 * n, scratch);
        for (int o = 0; o < 8; o++)
            reflect_points(order, o, scratch, scratch + n, image + (size_t)o * n);
    }
    sfm_free(xyz);
    sfm_free(scratch);
    if (!ok) {
        sfm_free(image);
        image = NULL;
    }
    *images = image;
    return ok ? STARFMM_OK
              : sfm_fail(STARFMM_ENOMEM, "no memory for the reflections of order %d",
                         order);
}

/* The octant that takes point i of n to the first of its images. */
static size_t octant_of_first(size_t n, const int *images, size_t i)
{
    size_t first = 0;
    for (size_t o = 1; o < 8; o++)
        if (images[o * n + i] < images[first * n + i]) first = o;
    return first;
}

void sfm_reflections_matrix(const sfm_kernel *kernel, const double *params,
                            const sfm_points *trg, const int *trg_images,
                            const sfm_points *src, const int *src_images, double *matrix)
{
    size_t n_trg = (size_t)trg->n, n_src = (size_t)src->n;
    for (size_t i = 0; i < n_trg; i++) {
        double *row = matrix + i * n_src;
        size_t o = octant_of_first(n_trg, trg_images, i);
        const double *first = matrix + (size_t)trg_images[o * n_trg + i] * n_src;
        const int *column = src_images + o * n_src;
        if (first == row)
            sfm_kernel_row(kernel, params, trg, (int)i, src, row);
        else
            for (size_t j = 0; j < n_src; j++) row[j] = first[column[j]];
    }
}
