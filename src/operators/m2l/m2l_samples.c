/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Offsets are sorted into classes by the map of the cube that takes 0 <= z <= y <= x to them; a
 * class is sampled at points that no map which keeps its offset takes to an earlier one.
 */
#include "operators/m2l/m2l_samples.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "operators/dft/frequencies.h"

static size_t n_pairs(const sfm_m2l_samples *s)
{
    return (size_t)(s->n_check * s->n_equiv);
}

static size_t n_grid(const sfm_m2l_samples *s)
{
    size_t n = (size_t)sfm_dft_width(s->order);
    return n * n * n;
}

/* Where R_map t is in the grid; t by its own index. */
static size_t mapped_index(int order, const sfm_cube_map *map, size_t index)
{
    int n = sfm_dft_width(order), last = order - 1, at = (int)index, to[3];
    const int t[3] = {at % n - last, at / n % n - last, at / n / n - last};
    sfm_cube_map_apply(map, t, to);
    return (size_t)(to[0] + last + n * (to[1] + last + n * (to[2] + last)));
}

/* out(t, b, a) = the element (b, a) of D(R) G(R^-1 t) D(R)^T, `step` between components. */
static void copy_turned(const sfm_m2l_samples *s, int map, const double *in, double *out)
{
    const sfm_turn *check = &s->check_turn[map], *equiv = &s->equiv_turn[map];
    size_t step = n_grid(s), n_equiv = (size_t)s->n_equiv;
    for (size_t b = 0; b < (size_t)s->n_check; b++)
        for (size_t a = 0; a < n_equiv; a++) {
            size_t from = (size_t)check->from[b] * n_equiv + (size_t)equiv->from[a];
            out[(b * n_equiv + a) * step] =
                check->sign[b] * equiv->sign[a] * in[from * step];
        }
}

void sfm_m2l_samples_of(const sfm_m2l_samples *s, int offset_index, double *out)
{
    const sfm_m2l_image image = s->image[offset_index];
    const sfm_cube_map back = sfm_cube_map_get(s->inverse[image.map]);
    const double *value = s->value + (size_t)image.class * n_pairs(s) * n_grid(s);
    for (size_t i = 0; i < n_grid(s); i++)
        copy_turned(s, image.map, value + mapped_index(s->order, &back, i), out + i);
}

/* ---- classes ------------------------------------------------------------------------ */

/* The offset that stands for all its images: 0 <= z <= y <= x. */
static void sort_offset(const int offset[3], int sorted[3])
{
    for (int d = 0; d < 3; d++) {
        int k = d;
        for (; k > 0 && sorted[k - 1] < abs(offset[d]); k--) sorted[k] = sorted[k - 1];
        sorted[k] = abs(offset[d]);
    }
}

/* Whether the map takes one offset to the other. */
static int leads_to(int map, const int from[3], const int to[3])
{
    const sfm_cube_map m = sfm_cube_map_get(map);
    int image[3];
    sfm_cube_map_apply(&m, from, image);
    return image[0] == to[0] && image[1] == to[1] && image[2] == to[2];
}

/* Fill image[]; `first` [n_classes] gets the index of the offset that each class samples.
 */
static void find_classes(sfm_m2l_samples *s, int first[SFM_M2L_OFFSETS])
{
    s->n_classes = 0;
    for (int index = 0; index < SFM_M2L_OFFSETS; index++) {
        int offset[3], sorted[3], class = 0, map = 0;
        if (!sfm_m2l_offset(index, offset)) continue;
        int start = index;
        if (s->n_maps > 1) {
            sort_offset(offset, sorted);
            start = sfm_m2l_offset_index(sorted);
            while (!leads_to(map, sorted, offset)) map++;
        }
        while (class < s->n_classes && first[class] != start) class ++;
        if (class == s->n_classes) first[s->n_classes++] = start;
        s->image[index] = (sfm_m2l_image){(int16_t) class, (int16_t)map};
    }
}

/* ---- sampling ----------------------------------------------------------------------- */

/* One point: K(2 alpha t / (p - 1) - 2 offset). */
static starfmm_status sample_point(const sfm_m2l_samples *s, const sfm_block_kernel *kernel,
                                   double alpha, const int offset[3], size_t index,
                                   double *out)
{
    int n = sfm_dft_width(s->order), last = s->order - 1, at = (int)index;
    const int t[3] = {at % n - last, at / n % n - last, at / n / n - last};
    long double d[3], k[SFM_MAX_COMPONENTS * SFM_MAX_COMPONENTS];
    for (int i = 0; i < 3; i++)
        d[i] = (last ? 2.0L * alpha * t[i] / last : 0.0L) - 2 * offset[i];
    kernel->block(kernel, d, k);
    for (size_t ba = 0; ba < n_pairs(s); ba++) {
        out[ba * n_grid(s)] = (double)k[ba];
        if (!isfinite((double)k[ba]))
            return sfm_fail(STARFMM_ENUMERIC,
                            "kernel '%s' is %Lg at distance (%Lg, %Lg, %Lg)", kernel->name,
                            k[ba], d[0], d[1], d[2]);
    }
    return STARFMM_OK;
}

/* A class, by the offset that stands for it: points that a map which keeps the offset takes
 * to an earlier point are copied from there. */
static starfmm_status sample_class(const sfm_m2l_samples *s, const sfm_block_kernel *kernel,
                                   double alpha, int offset_index, double *out)
{
    int offset[3], fixing[SFM_CUBE_MAPS], n_fixing = 0;
    sfm_cube_map back[SFM_CUBE_MAPS];
    sfm_m2l_offset(offset_index, offset);
    for (int g = 1; g < s->n_maps; g++)
        if (leads_to(g, offset, offset)) {
            back[n_fixing] = sfm_cube_map_get(s->inverse[g]);
            fixing[n_fixing++] = g;
        }
    for (size_t i = 0; i < n_grid(s); i++) {
        size_t from = i;
        int k = 0;
        for (; k < n_fixing; k++)
            if ((from = mapped_index(s->order, &back[k], i)) < i) break;
        if (k < n_fixing)
            copy_turned(s, fixing[k], out + from, out + i);
        else
            SFM_TRY(sample_point(s, kernel, alpha, offset, i, out + i));
    }
    return STARFMM_OK;
}

starfmm_status sfm_m2l_samples_create(sfm_m2l_samples *s, const sfm_block_kernel *kernel,
                                      int order, double alpha)
{
    int first[SFM_M2L_OFFSETS];
    *s =
        (sfm_m2l_samples){.order = order,
                          .n_check = kernel->n_check,
                          .n_equiv = kernel->n_equiv,
                          .n_maps = kernel->symmetries & SFM_ISOTROPIC ? SFM_CUBE_MAPS : 1};
    for (int g = 0; g < s->n_maps; g++) {
        const sfm_cube_map map = sfm_cube_map_get(g);
        sfm_turn_set(&s->check_turn[g], kernel->check_tensor, kernel->n_check, &map);
        sfm_turn_set(&s->equiv_turn[g], kernel->equiv_tensor, kernel->n_equiv, &map);
        s->inverse[g] = sfm_cube_map_inverse(g);
    }
    find_classes(s, first);
    size_t size = n_pairs(s) * n_grid(s);
    s->value = sfm_alloc((size_t)s->n_classes * size, sizeof *s->value);
    if (s->value == NULL)
        return sfm_fail(STARFMM_ENOMEM, "no memory for kernel samples of order %d", order);
    starfmm_status status = STARFMM_OK;
    for (int c = 0; c < s->n_classes && status == STARFMM_OK; c++)
        status = sample_class(s, kernel, alpha, first[c], s->value + (size_t)c * size);
    if (status != STARFMM_OK) sfm_m2l_samples_free(s);
    return status;
}

void sfm_m2l_samples_free(sfm_m2l_samples *s)
{
    sfm_free(s->value);
    s->value = NULL;
}
