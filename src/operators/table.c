/* SPDX-License-Identifier: BSD-3-Clause */
/* The list of the operators' rows, and what follows from any row. */
#include "operators/operator.h"

#include "schedule/layout.h"

extern const sfm_operator sfm_gather, sfm_p2m, sfm_m2m, sfm_m2f, sfm_m2l, sfm_p2l, sfm_l2l,
    sfm_l2p, sfm_m2p, sfm_p2p, sfm_scatter, sfm_other;

const sfm_operator *const sfm_operator_table[] = {
    [STARFMM_OP_GATHER] = &sfm_gather,   [STARFMM_OP_P2M] = &sfm_p2m,
    [STARFMM_OP_M2M] = &sfm_m2m,         [STARFMM_OP_M2F] = &sfm_m2f,
    [STARFMM_OP_M2L] = &sfm_m2l,         [STARFMM_OP_P2L] = &sfm_p2l,
    [STARFMM_OP_L2L] = &sfm_l2l,         [STARFMM_OP_L2P] = &sfm_l2p,
    [STARFMM_OP_M2P] = &sfm_m2p,         [STARFMM_OP_P2P] = &sfm_p2p,
    [STARFMM_OP_SCATTER] = &sfm_scatter, [SFM_OP_OTHER] = &sfm_other,
};

const starfmm_operator sfm_operator_order[STARFMM_N_OPERATORS] = {
    STARFMM_OP_GATHER, STARFMM_OP_P2M, STARFMM_OP_M2M,     STARFMM_OP_M2F,
    STARFMM_OP_P2P,    STARFMM_OP_M2L, STARFMM_OP_P2L,     STARFMM_OP_M2P,
    STARFMM_OP_L2L,    STARFMM_OP_L2P, STARFMM_OP_SCATTER,
};

sfm_group_list sfm_use_groups(const sfm_use *use, const sfm_fmm *f, int32_t group)
{
    if (use->of) return use->of(f, group);
    return (sfm_group_list){sfm_buffer_exists(f, use->buffer, group), group, NULL};
}

static const sfm_use *use_that_adds(int op, sfm_buffer_kind kind)
{
    const sfm_operator *o = sfm_operator_table[op];
    for (int i = 0; i < o->n_uses; i++)
        if (o->use[i].access == SFM_ADD && o->use[i].buffer == kind) return &o->use[i];
    return NULL;
}

int sfm_operator_clears(const sfm_fmm *f, int op, int32_t group)
{
    for (int kind = 0; kind < SFM_N_BUFFERS; kind++) {
        if (!sfm_buffer_is_cleared((sfm_buffer_kind)kind) ||
            !use_that_adds(op, (sfm_buffer_kind)kind))
            continue;
        for (int i = 0; (int)sfm_operator_order[i] != op; i++)
            if (use_that_adds(sfm_operator_order[i], (sfm_buffer_kind)kind) &&
                sfm_operator_exists(f, sfm_operator_order[i], group))
                return 0;
        return 1;
    }
    return 0;
}

double sfm_operator_flops(const sfm_fmm *f, int op, int32_t group)
{
    const sfm_operator *o = sfm_operator_table[op];
    const sfm_group *g = sfm_group_of(f, group);
    const sfm_settings *s = f->settings;
    double pair = s->kernel->flops[o->reads_sources ? s->source : s->equiv]
                                  [o->makes_results ? s->target : s->check];
    double flops = 0;
    if (!o->amount) return 0;
    for (int32_t i = g->first; i < g->first + g->count; i++) {
        sfm_amount a = o->amount(f, i);
        flops += a.pairs * pair + a.flops;
    }
    return flops;
}

/* Pointers to the buffers that a task reads. */
static size_t pointer_bytes(const sfm_fmm *f, int op, int32_t group)
{
    const sfm_operator *o = sfm_operator_table[op];
    size_t n = 0;
    for (int i = 0; i < o->n_uses; i++)
        if (o->use[i].access == SFM_READ && o->use[i].buffer < SFM_N_BUFFERS)
            n += (size_t)sfm_use_groups(&o->use[i], f, group).n;
    return sfm_arena_bytes(n, sizeof(void *));
}

static size_t task_scratch(const sfm_fmm *f, int op, int32_t group, size_t n_rhs)
{
    const sfm_operator_code *code = sfm_operator_code_of(f, op);
    if (!sfm_operator_exists(f, op, group)) return 0;
    return pointer_bytes(f, op, group) +
           (code->scratch ? code->scratch(f, group, n_rhs) : 0);
}

size_t sfm_operators_scratch(const sfm_fmm *f, size_t n_rhs)
{
    size_t largest = 0;
    int first = f->other ? SFM_OP_OTHER : 0, end = f->other ? SFM_N_ROWS : SFM_OP_OTHER;
    for (int32_t g = 0; g < sfm_target_groups(f)->n; g++)
        for (int op = first; op < end; op++) {
            size_t bytes = task_scratch(f, op, g, n_rhs);
            if (bytes > largest) largest = bytes;
        }
    /* and for chunks of the caller's results of two kinds: where they begin, their data, and
     * the pointers to all of a task's buffers */
    return largest + 6 * sfm_arena_bytes(SFM_MAX_CHUNKS + 2, sizeof(void *));
}
