/* SPDX-License-Identifier: BSD-3-Clause */
/* GATHER: the caller's charges into S, sums of T cleared.  Buffers: the caller's chunks, then S
 * and T, those of the two that the group has. */
#include "codelets/codelets.h"

static void note_bad_row(sfm_task_context *c, size_t row)
{
    size_t seen = atomic_load(&c->bad_row);
    while (row < seen && !atomic_compare_exchange_weak(&c->bad_row, &seen, row)) {}
}

static void gather(void *buffers[], const sfm_task *task)
{
    sfm_task_context *c = task->context;
    const sfm_group *g = &c->fmm->groups.group[task->group];
    int is_double = c->fmm->precision == STARFMM_DOUBLE;
    sfm_arena scratch = sfm_codelet_scratch(c);
    sfm_rows charges = c->charges;
    unsigned next = 0;
    if (g->src_end > g->src_begin) {
        if (c->charge_layout)
            next = sfm_codelet_rows(c->charge_layout, task->group, buffers, &scratch, &charges);
        void *s = (void *)STARPU_VECTOR_GET_PTR(buffers[next++]);
        size_t bad = (is_double ? sfm_gather_f64 : sfm_gather_f32)(c->fmm, task->group,
                                                                   c->n_rhs, &charges, s);
        note_bad_row(c, bad);
        if (bad != SIZE_MAX) sfm_codelet_break(c);
    }
    if (g->trg_end > g->trg_begin)
        (is_double ? sfm_clear_f64 : sfm_clear_f32)(c->fmm, task->group, c->n_rhs,
                                                    (void *)STARPU_VECTOR_GET_PTR(buffers[next]));
}

static void run(void *buffers[], void *arg)
{
    double start = sfm_codelet_begin();
    gather(buffers, arg);
    sfm_codelet_end(arg, STARFMM_OP_GATHER, start);
}

SFM_CODELET(gather, GATHER, run);
