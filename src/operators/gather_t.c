/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GATHER: the caller's charges of a group's sources into S, and the sums in T cleared.
 *
 *   S[q][component][rhs][i] = unit^power[component] charges[row of source i][rhs][component]
 *
 * where power[component] is that of length of the component less that of the first, which
 * SCATTER sees to.
 */
#include <math.h>
#include <string.h>

#include "operators/level.h"
#include "schedule/layout.h"

/* Where the caller's row is: charges of one component and one right-hand side, most often,
 * come from one array. */
static inline const real *caller_row(const sfm_rows *rows, size_t row, size_t width)
{
    size_t chunk = rows->n_chunks == 1 ? 0 : sfm_chunk_of(rows->n_chunks, rows->begin, row);
    return (const real *)rows->data[chunk] + (row - rows->begin[chunk]) * width;
}

static void gather_charges(sfm_op_args *a, const sfm_group *g)
{
    const uint32_t *index = a->fmm->geometry->tree.src.index + g->src_begin;
    const sfm_settings *s = a->fmm->settings;
    const starfmm_kind *kind = &s->kernel->source[s->source];
    const int ordered = (a->flags & STARFMM_TREE_ORDER) != 0;
    size_t n = g->src_end - g->src_begin, ld = sfm_particle_ld(n), n_rhs = a->n_rhs;
    size_t dim = sfm_source_components(s), width = n_rhs * dim;
    real *q = (real *)a->out[0] + sfm_coordinate_arrays(s) * ld;
    for (size_t k = 0; k < width; k++) { /* k = rhs * dim + component */
        real *to = q + (k % dim * n_rhs + k / dim) * ld;
        int power = kind->degree[k % dim] - kind->degree[0];
        real scale = (real)pow(a->fmm->geometry->unit, power);
        for (size_t i = 0; i < n; i++) {
            size_t row = ordered ? g->src_begin + i : index[i];
            real charge = caller_row(a->charges, row, width)[k];
            to[i] = scale * charge;
            if (!isfinite(charge) && row < a->bad_row) a->bad_row = row;
        }
    }
}

void SFM(clear_sums)(const sfm_settings *s, size_t n, size_t n_rhs, real *t)
{
    size_t ld = sfm_particle_ld(n);
    memset(t + sfm_coordinate_arrays(s) * ld, 0,
           sfm_components(s) * n_rhs * ld * sizeof(real));
}

static void gather_group(sfm_op_args *a)
{
    const sfm_group *g = sfm_group_of(a->fmm, a->group);
    a->bad_row = SIZE_MAX;
    if (a->out[0]) gather_charges(a, g);
    if (a->out[1]) SFM(clear_sums)
    (a->fmm->settings, g->trg_end - g->trg_begin, a->n_rhs, a->out[1]);
}

const sfm_operator_code SFM(gather_code) = {gather_group, NULL};

#ifdef SFM_ROWS
SFM_DECLARE_CODE(gather);

static int has_points(const sfm_fmm *f, int32_t group)
{
    return sfm_buffer_exists(f, SFM_BUFFER_S, group) ||
           sfm_buffer_exists(f, SFM_BUFFER_T, group);
}

const sfm_operator sfm_gather = {
    .name = "GATHER",
    .codelet = "starfmm_gather",
    .color = 0x9e9e9e,
    .rank = 1.00,
    .upward = 1,
    .n_uses = 3,
    .use = {{SFM_READ, SFM_CALLER_CHARGES, NULL},
            {SFM_CHANGE, SFM_BUFFER_S, NULL},
            {SFM_CHANGE, SFM_BUFFER_T, NULL}},
    .exists = has_points,
    .code = SFM_CODE_OF(gather),
};
#endif
