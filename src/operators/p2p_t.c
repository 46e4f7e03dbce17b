/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * P2P (YBZ eq. 3.9, U list): phi += K(x, y) q over the near leaves.
 *
 * Two sets of points: each target leaf's accumulators stay in registers over all its near
 * leaves (kernels/evaluate.h).  One set: a near row holds the leaf itself and those of larger
 * numbers; the leaf itself is summed one-sided, the others for both (kernels/evaluate.h), into
 * T of this group or into R for other groups (schedule/remote_sums.h).
 */
#include <string.h>

#include "operators/level.h"

/* Where the sums of a leaf of this group go. */
static SFM(sums) sums_in_targets(const sfm_op_args *a, int32_t leaf)
{
    SFM(evaluation) e;
    SFM(leaf_targets)(a->fmm, leaf, a->out[1], a->n_rhs, &e);
    return (SFM(sums)){e.out, e.ldo, e.ldc};
}

/* Of a leaf of another group, by its entry in the group's remote sums. */
static SFM(sums) sums_in_remote(const sfm_op_args *a, int32_t entry)
{
    const sfm_remote_sums *r = &a->fmm->schedule->remote;
    size_t first = r->at[r->begin[a->group] + (size_t)entry];
    size_t ld = sfm_particle_ld(r->points[a->group]);
    return (SFM(sums)){(real *)a->out[0] + first, ld, a->n_rhs * ld};
}

static size_t mutual_reals(const sfm_settings *s)
{
    return SFM(mutual_reals)((int)sfm_source_components(s), (int)sfm_components(s));
}

/* The members of a row but the leaf itself; their number. */
static size_t mutual_row(const sfm_op_args *a, int32_t row, SFM(segment) * seg,
                         SFM(sums) * out)
{
    const sfm_schedule *s = a->fmm->schedule;
    const sfm_work *work = &s->near.group[a->group];
    int32_t leaf = s->groups.group[a->group].first + row;
    size_t n = 0;
    for (size_t k = work->begin[row]; k < work->begin[row + 1]; k++) {
        int32_t item = work->item[k];
        if (item == leaf) continue;
        seg[n] = SFM(leaf_sources)(a->fmm, a->n_rhs, a->in[work->slot[k]], item);
        SFM(set_leaf_shift)(a->fmm, item, leaf, &seg[n]);
        out[n++] = s->groups.of_node[item] == a->group
                       ? sums_in_targets(a, item)
                       : sums_in_remote(a, s->remote.item_entry[k]);
    }
    return n;
}

/* A leaf against itself. */
static void sum_own(const sfm_op_args *a, const SFM(segment) * own, int32_t leaf)
{
    SFM(evaluation) e = {.seg = own, .n_seg = 1};
    SFM(leaf_targets)(a->fmm, leaf, a->out[1], a->n_rhs, &e);
    SFM(levels_of)(a->fmm)->near(&e);
}

/* The group's own S among those that it reads. */
static const real *own_sources(const sfm_op_args *a)
{
    const sfm_work *work = &a->fmm->schedule->near.group[a->group];
    int32_t slot = 0;
    while (work->slot_group[slot] != a->group) slot++;
    return a->in[slot];
}

static void sum_mutually(sfm_op_args *a)
{
    const sfm_fmm *f = a->fmm;
    const sfm_group *g = sfm_group_of(f, a->group);
    const sfm_work *work = &f->schedule->near.group[a->group];
    const real *own = own_sources(a);
    SFM(segment) *seg = sfm_arena_take(&a->scratch, (size_t)work->longest, sizeof *seg);
    SFM(sums) *out = sfm_arena_take(&a->scratch, (size_t)work->longest, sizeof *out);
    SFM(mutual) m = {.params = f->params, .n_rhs = a->n_rhs, .seg = seg, .out = out};
    m.scratch = sfm_arena_take(&a->scratch, mutual_reals(f->settings), sizeof(real));
    if (a->out[0])
        memset(a->out[0], 0,
               sfm_buffer_reals(f, SFM_BUFFER_R, a->group, a->n_rhs) * sizeof(real));
    for (int32_t i = 0; i < g->count; i++) {
        if (work->begin[i] == work->begin[i + 1]) continue;
        int32_t leaf = g->first + i;
        m.a = SFM(leaf_sources)(f, a->n_rhs, own, leaf);
        SFM(set_leaf_shift)(f, leaf, leaf, &m.a);
        m.a_out = sums_in_targets(a, leaf);
        m.n_seg = mutual_row(a, i, seg, out);
        sum_own(a, &m.a, leaf);
        SFM(levels_of)(f)->mutual(&m);
    }
}

static void sum_near_field(sfm_op_args *a)
{
    if (a->fmm->schedule->mutual) {
        sum_mutually(a);
        return;
    }
    a->out[0] = a->out[1]; /* T: there is no R */
    SFM(sum_at_leaves)(a, &a->fmm->schedule->near.group[a->group], 0);
}

static size_t scratch(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    (void)n_rhs;
    size_t longest = (size_t)f->schedule->near.group[group].longest;
    size_t bytes = sfm_arena_bytes(longest, sizeof(SFM(segment)));
    if (!f->schedule->mutual) return bytes;
    return bytes + sfm_arena_bytes(longest, sizeof(SFM(sums))) +
           sfm_arena_bytes(mutual_reals(f->settings), sizeof(real));
}

const sfm_operator_code SFM(p2p_code) = {sum_near_field, scratch};

#ifdef SFM_ROWS
SFM_DECLARE_CODE(p2p);

static int has_near(const sfm_fmm *f, int32_t group)
{
    return f->schedule->near.group[group].n_slots > 0;
}

static sfm_group_list near_groups(const sfm_fmm *f, int32_t group)
{
    return sfm_groups_read(&f->schedule->near, group);
}

/* Both directions of a pair that is summed mutually. */
static sfm_amount amount(const sfm_fmm *f, int32_t node)
{
    const sfm_tree *t = &f->geometry->tree;
    double targets = (double)t->trg.count[node];
    double pairs = targets * sfm_reading_sources(&f->schedule->near, t, node);
    if (f->schedule->mutual && pairs > 0) pairs += pairs - targets * targets;
    return (sfm_amount){.pairs = pairs};
}

const sfm_operator sfm_p2p = {
    .name = "P2P",
    .codelet = "starfmm_p2p",
    .color = 0x8d5524,
    .rank = 0.05,
    .n_uses = 3,
    .use = {{SFM_READ, SFM_BUFFER_S, near_groups},
            {SFM_OVERWRITE, SFM_BUFFER_R, NULL},
            {SFM_ADD, SFM_BUFFER_T, NULL}},
    .exists = has_near,
    .amount = amount,
    .reads_sources = 1,
    .makes_results = 1,
    .code = SFM_CODE_OF(p2p),
};
#endif
