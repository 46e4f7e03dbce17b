/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "codelets/codelets.h"
#include "operators/operator.h"
#include "operators/p2p.h"

struct starpu_codelet *const sfm_codelets[STARFMM_N_OPERATORS] = {
    [STARFMM_OP_GATHER] = &sfm_codelet_gather, [STARFMM_OP_P2M] = &sfm_codelet_p2m,
    [STARFMM_OP_M2M] = &sfm_codelet_m2m,       [STARFMM_OP_M2F] = &sfm_codelet_m2f,
    [STARFMM_OP_M2L] = &sfm_codelet_m2l,       [STARFMM_OP_P2L] = &sfm_codelet_p2l,
    [STARFMM_OP_L2L] = &sfm_codelet_l2l,       [STARFMM_OP_L2P] = &sfm_codelet_l2p,
    [STARFMM_OP_M2P] = &sfm_codelet_m2p,       [STARFMM_OP_P2P] = &sfm_codelet_p2p,
    [STARFMM_OP_SCATTER] = &sfm_codelet_scatter,
};

double sfm_codelet_begin(void) { return sfm_now(); }

void sfm_codelet_end(sfm_task *task, starfmm_operator op, double start)
{
    task->worker = starpu_worker_get_id();
    task->start = start;
    task->end = sfm_now();
    sfm_worker_stats *s = &task->context->stats[task->worker];
    s->seconds[op] += task->end - start;
    s->tasks[op]++;
}

void sfm_codelet_break(const sfm_task_context *c)
{
    atomic_fetch_or(c->broken, (uint64_t)1 << c->number % 64);
}

void sfm_codelet_delivered(sfm_task_context *c)
{
    if (atomic_fetch_sub(&c->undelivered, 1) == 1) atomic_fetch_sub(c->active, 1);
}

sfm_arena sfm_codelet_scratch(const sfm_task_context *context)
{
    return (sfm_arena){context->scratch[starpu_worker_get_id()], 0, context->scratch_bytes};
}

/* Vectors and matrices alike: the caller may have registered either. */
static void *pointer_of(void *interface)
{
    const struct starpu_vector_interface *v = interface;
    return (void *)(v->id == STARPU_MATRIX_INTERFACE_ID ? STARPU_MATRIX_GET_PTR(interface)
                                                         : STARPU_VECTOR_GET_PTR(interface));
}

unsigned sfm_codelet_rows(const sfm_layout *layout, int32_t group, void *buffers[],
                          sfm_arena *scratch, sfm_rows *rows)
{
    size_t first = layout->group_begin[group], n = layout->group_begin[group + 1] - first;
    size_t *begin = sfm_arena_take(scratch, n, sizeof *begin);
    void **data = sfm_arena_take(scratch, n, sizeof *data);
    for (size_t i = 0; i < n; i++) {
        begin[i] = layout->begin[layout->chunk[first + i]];
        data[i] = pointer_of(buffers[i]);
    }
    *rows = (sfm_rows){n, begin, data};
    return (unsigned)n;
}

void sfm_codelet_run(void *buffers[], sfm_task *task, starfmm_operator op)
{
    double start = sfm_codelet_begin();
    const sfm_task_context *c = task->context;
    unsigned n_in = (unsigned)STARPU_TASK_GET_NBUFFERS(starpu_task_get_current()) - 1;
    int reacts = op == STARFMM_OP_P2P && sfm_reaction_points(c->fmm, task->group) > 0;
    sfm_op_args a = {.fmm = c->fmm,
                     .group = task->group,
                     .n_rhs = c->n_rhs,
                     .out = (void *)STARPU_VECTOR_GET_PTR(buffers[n_in]),
                     .scratch = sfm_codelet_scratch(c)};
    if (reacts) a.reactions = (void *)STARPU_VECTOR_GET_PTR(buffers[n_in - 1]);
    const void **in = sfm_arena_take(&a.scratch, n_in, sizeof *in);
    for (unsigned i = 0; i < n_in; i++) in[i] = (void *)STARPU_VECTOR_GET_PTR(buffers[i]);
    a.in = in;
    /* The operators see an arena of their own. */
    a.scratch.base += a.scratch.used;
    a.scratch.size -= a.scratch.used;
    a.scratch.used = 0;
    if (atomic_load_explicit(&c->cancelled, memory_order_relaxed))
        sfm_codelet_break(c);
    else {
        if (task->clears)
            memset(a.out, 0,
                   STARPU_VECTOR_GET_NX(buffers[n_in]) * STARPU_VECTOR_GET_ELEMSIZE(buffers[n_in]));
        sfm_operator_get(c->fmm, op)->run(&a);
    }
    sfm_codelet_end(task, op, start);
}

uint32_t sfm_codelet_footprint(struct starpu_task *task)
{
    return ((const sfm_task *)task->cl_arg)->footprint;
}

/* What the time of a task grows with: flops, or what stands for them where none are counted. */
static double work_of(const sfm_fmm *f, int32_t group, starfmm_operator op)
{
    const sfm_group *g = &f->groups.group[group];
    if (f->flops[group][op] > 0) return f->flops[group][op];
    if (op == STARFMM_OP_M2F) return g->count;
    return (double)(g->src_end - g->src_begin + g->trg_end - g->trg_begin);
}

uint32_t sfm_task_footprint(const sfm_fmm *f, int32_t group, starfmm_operator op, size_t n_rhs)
{
    double work = work_of(f, group, op) * (double)n_rhs + 1;
    uint32_t bucket = (uint32_t)(4 * log2(work));
    return bucket | (uint32_t)f->precision << 10 | (uint32_t)f->gradient << 11 |
           (uint32_t)f->order << 12 | (uint32_t)f->check_order << 17 |
           (uint32_t)f->accuracy << 22 | (uint32_t)f->kernel->id << 24;
}
