/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SCATTER: complete the sums of a group's targets by what P2P of other groups left in their
 * buffers R (schedule/remote_sums.h), and hand them to the caller
 *
 *   results[row of target i][rhs][c] = factor unit^power[c] T[c][rhs][i]
 *
 * in his unit and order, or added to what his rows hold: the components of the first kind of
 * targets to `potentials`, others to `gradients`.  power[c] is the kernel's degree and those of
 * component c and of the sources' first component (see GATHER).
 */
#include <math.h>
#include <stdlib.h>

#include "operators/level.h"
#include "schedule/layout.h"

static void add_remote_sums(sfm_op_args *a)
{
    const sfm_fmm *f = a->fmm;
    const sfm_remote_sums *r = &f->schedule->remote;
    const void *const *from = a->in;
    if (!r->begin) return;
    for (size_t i = r->fetch_begin[a->group]; i < r->fetch_begin[a->group + 1];
         i++, from++) {
        size_t ld = sfm_particle_ld(r->points[r->fetch_group[i]]);
        for (size_t k = r->run[i].begin; k < r->run[i].end; k++) {
            SFM(evaluation) e;
            SFM(leaf_targets)(f, r->leaf[k], a->out[0], a->n_rhs, &e);
            for (size_t c = 0; c < sfm_components(f->settings) * a->n_rhs; c++) {
                const real *add = (const real *)*from + c * ld + r->at[k];
                real *to = e.out + c * e.ldo;
                for (size_t j = 0; j < e.n_trg; j++) to[j] += add[j];
            }
        }
    }
}

/* By what a component is multiplied: in two factors, since their product may be out of range. */
typedef struct component_scale {
    double first, second;
} component_scale;

static component_scale scale_of(double factor, double unit, int power)
{
    const int limit = 1000;
    int all = power * ilogb(unit), half = all / 2; /* the unit is a power of two */
    if (abs(half) > limit) all = 2 * (half = half > 0 ? limit : -limit);
    return (component_scale){ldexp(factor, half), ldexp(1, all - half)};
}

/* rows[caller's row][rhs][n_components] from sums[component][rhs][ld], scaled. */
static void deliver_components(const sfm_op_args *a, const sfm_rows *rows,
                               const uint32_t *caller_row, size_t n, const real *sums,
                               size_t n_components, const component_scale *scale)
{
    const int adds = (a->flags & STARFMM_ACCUMULATE) != 0;
    const int ordered = (a->flags & STARFMM_TREE_ORDER) != 0;
    const size_t first =
        ordered ? (size_t)(caller_row - a->fmm->geometry->tree.trg.index) : 0;
    size_t ld = sfm_particle_ld(n), n_rhs = a->n_rhs, width = n_rhs * n_components;
    for (size_t i = 0; i < n; i++) {
        size_t row = ordered ? first + i : caller_row[i];
        size_t chunk = sfm_chunk_of(rows->n_chunks, rows->begin, row);
        real *to = (real *)rows->data[chunk] + (row - rows->begin[chunk]) * width;
        for (size_t r = 0; r < n_rhs; r++)
            for (size_t c = 0; c < n_components; c++) {
                real *sum = &to[r * n_components + c];
                real value =
                    (real)(scale[c].first * (double)sums[(c * n_rhs + r) * ld + i] *
                           scale[c].second);
                *sum = adds ? *sum + value : value;
            }
    }
}

void SFM(deliver_sums)(const sfm_op_args *a, const uint32_t *caller_row, size_t n,
                       const real *t)
{
    const sfm_settings *s = a->fmm->settings;
    const sfm_kernel *k = s->kernel;
    const size_t ld = sfm_particle_ld(n), first = sfm_potential_components(s);
    const real *sums = t + sfm_coordinate_arrays(s) * ld;
    component_scale scale[STARFMM_MAX_COMPONENTS];
    for (size_t c = 0; c < sfm_components(s); c++)
        scale[c] = scale_of(k->factor, a->fmm->geometry->unit,
                            k->degree + k->source[s->source].degree[0] +
                                k->target[s->target].degree[c]);
    deliver_components(a, a->potentials, caller_row, n, sums, first, scale);
    if (a->gradients)
        deliver_components(a, a->gradients, caller_row, n, sums + first * a->n_rhs * ld,
                           sfm_gradient_components(s), scale + first);
}

static void scatter_group(sfm_op_args *a)
{
    const sfm_group *g = sfm_group_of(a->fmm, a->group);
    const uint32_t *index = a->fmm->geometry->tree.trg.index + g->trg_begin;
    add_remote_sums(a);
    SFM(deliver_sums)(a, index, g->trg_end - g->trg_begin, a->out[0]);
}

const sfm_operator_code SFM(scatter_code) = {scatter_group, NULL};

#ifdef SFM_ROWS
SFM_DECLARE_CODE(scatter);

static int has_targets(const sfm_fmm *f, int32_t group)
{
    return sfm_buffer_exists(f, SFM_BUFFER_T, group);
}

static sfm_group_list groups_that_summed(const sfm_fmm *f, int32_t group)
{
    const sfm_remote_sums *r = &f->schedule->remote;
    if (!r->begin) return (sfm_group_list){0, 0, NULL};
    size_t first = r->fetch_begin[group];
    return (sfm_group_list){(int32_t)(r->fetch_begin[group + 1] - first), 0,
                            r->fetch_group + first};
}

const sfm_operator sfm_scatter = {
    .name = "SCATTER",
    .codelet = "starfmm_scatter",
    .color = 0x616161,
    .rank = 0.35,
    .n_uses = 3,
    .use = {{SFM_READ, SFM_BUFFER_R, groups_that_summed},
            {SFM_CHANGE, SFM_BUFFER_T, NULL},
            /* No sum here: every task writes rows of its own. */
            {SFM_ADD, SFM_CALLER_RESULTS, NULL}},
    .exists = has_targets,
    .code = SFM_CODE_OF(scatter),
};
#endif
