/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * P2P (YBZ eq. 3.9, U list): phi += K(x, y) q over the near leaves.
 *
 * Two sets: each target leaf's accumulators stay in registers over all its near leaves
 * (evaluate.h).  One set: a near row holds the leaf itself and those of larger numbers; the
 * leaf itself is summed one-sided, the others for both (reactions.h).
 */
#include "operators/p2p.h"

#include <string.h>

#include "kernels/evaluate.h"
#include "operators/level.h"

/* Sums of a leaf in T of its group, or in R from its first point on. */
static SFM(sums) sums_in_targets(const sfm_op_args *a, int32_t node)
{
    const sfm_fmm *f = a->fmm;
    SFM(evaluation) e;
    SFM(leaf_targets)(f, &f->groups.group[a->group], a->out, a->n_rhs, node, &e);
    return (SFM(sums)){e.out, e.ldo, e.ldc};
}

static SFM(sums) sums_in_reactions(const sfm_op_args *a, size_t first)
{
    size_t ld = sfm_particle_ld(a->fmm->reactions.points[a->group]);
    return (SFM(sums)){(real *)a->reactions + first, ld, a->n_rhs * ld};
}

/* The members of row i but the leaf itself; their number. */
static size_t mutual_row(const sfm_op_args *a, int32_t i, SFM(segment) * seg,
                         SFM(sums) * out)
{
    const sfm_fmm *f = a->fmm;
    const sfm_work *work = &f->near.group[a->group];
    int32_t node = f->groups.group[a->group].first + i;
    size_t n = 0;
    for (size_t k = work->begin[i]; k < work->begin[i + 1]; k++) {
        int32_t item = work->item[k];
        if (item == node) continue;
        seg[n] = SFM(leaf_segment)(a, a->in[work->slot[k]], item, node);
        out[n++] = f->groups.of_node[item] == a->group
                       ? sums_in_targets(a, item)
                       : sums_in_reactions(a, f->reactions.item_at[k]);
    }
    return n;
}

/* A leaf against itself. */
static void sum_own(const sfm_op_args *a, SFM(segment) * own, int32_t node)
{
    const sfm_fmm *f = a->fmm;
    const sfm_group *g = &f->groups.group[a->group];
    SFM(evaluation) e = {.seg = own, .n_seg = 1};
    SFM(leaf_targets)(f, g, a->out, a->n_rhs, node, &e);
    SFM(level_of)(f, g->level)->result(&e);
}

static int32_t own_slot(const sfm_op_args *a)
{
    const sfm_work *work = &a->fmm->near.group[a->group];
    int32_t slot = 0;
    while (work->slot_group[slot] != a->group) slot++;
    return slot;
}

static void run_mutual(sfm_op_args *a)
{
    const sfm_fmm *f = a->fmm;
    const sfm_group *g = &f->groups.group[a->group];
    const sfm_work *work = &f->near.group[a->group];
    const real *own_sources = a->in[own_slot(a)];
    SFM(segment) *seg = sfm_arena_take(&a->scratch, (size_t)work->longest, sizeof *seg);
    SFM(sums) *out = sfm_arena_take(&a->scratch, (size_t)work->longest, sizeof *out);
    SFM(mutual) m = {.params = f->params, .n_rhs = a->n_rhs, .seg = seg, .out = out};
    m.scratch = sfm_arena_take(&a->scratch, SFM(mutual_reals)(1, 4), sizeof(real));
    if (a->reactions)
        memset(a->reactions, 0,
               sfm_reaction_reals(f, sfm_reaction_points(f, a->group), a->n_rhs) *
                   sizeof(real));
    for (int32_t i = 0; i < g->count; i++) {
        if (work->begin[i] == work->begin[i + 1]) continue;
        int32_t node = g->first + i;
        m.a = SFM(leaf_segment)(a, own_sources, node, node);
        m.a_out = sums_in_targets(a, node);
        m.n_seg = mutual_row(a, i, seg, out);
        sum_own(a, &m.a, node);
        SFM(level_of)(f, g->level)->mutual(&m);
    }
}

static void run(sfm_op_args *a)
{
    if (a->fmm->tree.same_points)
        run_mutual(a);
    else
        SFM(sum_at_leaves)(a, &a->fmm->near.group[a->group], SFM(leaf_segment));
}

static size_t scratch(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    (void)n_rhs;
    size_t longest = (size_t)f->near.group[group].longest;
    size_t bytes = sfm_arena_bytes(longest, sizeof(SFM(segment)));
    if (!f->tree.same_points) return bytes;
    return bytes + sfm_arena_bytes(longest, sizeof(SFM(sums))) +
           sfm_arena_bytes(SFM(mutual_reals)(1, 4), sizeof(real));
}

const sfm_op SFM(p2p) = {run, scratch};

void SFM(fetch_reactions)(const sfm_fmm *f, int32_t group, size_t n_rhs,
                          const void *const *from, void *t)
{
    const sfm_group *g = &f->groups.group[group];
    const sfm_reactions *r = &f->reactions;
    SFM(evaluation) e;
    for (size_t i = r->in_begin[group]; i < r->in_begin[group + 1]; i++, from++) {
        size_t ld = sfm_particle_ld(r->points[r->in[i].group]);
        for (size_t k = r->in[i].begin; k < r->in[i].end; k++) {
            SFM(leaf_targets)(f, g, t, n_rhs, r->leaf[k], &e);
            for (size_t c = 0; c < sfm_components(f) * n_rhs; c++) {
                const real *add = (const real *)*from + c * ld + r->at[k];
                real *to = e.out + c * e.ldo;
                for (size_t j = 0; j < e.n_trg; j++) to[j] += add[j];
            }
        }
    }
}
