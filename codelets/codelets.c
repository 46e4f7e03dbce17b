/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a row to a codelet: names, colour and performance model once, before the first
 * submission; then for each task the operator's arguments from StarPU's buffers, its time,
 * and what its end means for the request.
 */
#include "codelets/codelets.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

#include "base/clock.h"

/* ---- buffers --------------------------------------------------------------------------- */

/* Vectors and matrices alike: the caller may have registered either. */
static void *pointer_of(void *interface)
{
    const struct starpu_vector_interface *v = interface;
    return (void *)(v->id == STARPU_MATRIX_INTERFACE_ID ? STARPU_MATRIX_GET_PTR(interface)
                                                        : STARPU_VECTOR_GET_PTR(interface));
}

/* The chunks of a group from the buffers at *buffers, which steps on, as rows whose arrays are
 * in the scratch; without a layout the rows stay as they are. */
static void take_chunks(const sfm_layout *layout, int32_t group, void ***buffers,
                        sfm_arena *scratch, sfm_rows *rows)
{
    if (!layout) return;
    size_t first = layout->group_begin[group], n = layout->group_begin[group + 1] - first;
    size_t *begin = sfm_arena_take(scratch, n, sizeof *begin);
    void **data = sfm_arena_take(scratch, n, sizeof *data);
    for (size_t i = 0; i < n; i++) {
        begin[i] = layout->begin[layout->chunk[first + i]];
        data[i] = pointer_of(*(*buffers)++);
    }
    *rows = (sfm_rows){n, begin, data};
}

/* The caller's arrays as a task sees them. */
typedef struct caller_rows {
    sfm_rows charges, potentials, gradients;
} caller_rows;

/* Fill the arguments from the buffers in the order of the row's uses. */
static void take_buffers(sfm_op_args *a, const sfm_task *task, void **buffers,
                         caller_rows *rows)
{
    const sfm_task_context *c = task->context;
    const sfm_operator *o = sfm_operator_table[task->op];
    size_t n_buffers = (size_t)STARPU_TASK_GET_NBUFFERS(starpu_task_get_current());
    const void **in = sfm_arena_take(&a->scratch, n_buffers, sizeof *in);
    int n_out = 0;
    a->in = in;
    for (int u = 0; u < o->n_uses; u++) {
        const sfm_use *use = &o->use[u];
        if (use->buffer == SFM_CALLER_CHARGES) {
            take_chunks(c->charge_layout, a->group, &buffers, &a->scratch, &rows->charges);
        } else if (use->buffer == SFM_CALLER_RESULTS) {
            take_chunks(c->potential_layout, a->group, &buffers, &a->scratch,
                        &rows->potentials);
            take_chunks(c->gradient_layout, a->group, &buffers, &a->scratch,
                        &rows->gradients);
        } else if (use->access == SFM_READ) {
            for (int32_t n = sfm_use_groups(use, c->fmm, a->group).n; n > 0; n--)
                *in++ = (void *)STARPU_VECTOR_GET_PTR(*buffers++);
        } else {
            int exists = sfm_use_groups(use, c->fmm, a->group).n > 0;
            if (exists && task->clears && use->access == SFM_ADD)
                memset((void *)STARPU_VECTOR_GET_PTR(*buffers), 0,
                       STARPU_VECTOR_GET_NX(*buffers) *
                           STARPU_VECTOR_GET_ELEMSIZE(*buffers));
            a->out[n_out++] = exists ? (void *)STARPU_VECTOR_GET_PTR(*buffers++) : NULL;
        }
    }
}

/* ---- a task ---------------------------------------------------------------------------- */

void sfm_codelet_break(const sfm_task_context *c)
{
    atomic_fetch_or(c->broken, (uint64_t)1 << c->number % 64);
}

static void note_bad_row(sfm_task_context *c, size_t row)
{
    size_t seen = atomic_load(&c->bad_row);
    while (row < seen && !atomic_compare_exchange_weak(&c->bad_row, &seen, row)) continue;
    sfm_codelet_break(c);
}

static void run_operator(const sfm_task *task, void **buffers)
{
    sfm_task_context *c = task->context;
    caller_rows rows = {c->charges, c->potentials, c->gradients};
    sfm_op_args a = {.fmm = c->fmm,
                     .group = task->group,
                     .n_rhs = c->n_rhs,
                     .charges = &rows.charges,
                     .potentials = &rows.potentials,
                     .gradients = c->with_gradients ? &rows.gradients : NULL,
                     .flags = c->flags,
                     .bad_row = SIZE_MAX,
                     .scratch = {c->scratch[starpu_worker_get_id()], 0, c->scratch_bytes}};
    take_buffers(&a, task, buffers, &rows);
    /* The operators see an arena of their own. */
    a.scratch.base += a.scratch.used;
    a.scratch.size -= a.scratch.used;
    a.scratch.used = 0;
    sfm_operator_code_of(c->fmm, task->op)->run(&a);
    if (a.bad_row != SIZE_MAX) note_bad_row(c, a.bad_row);
}

static int writes_results(int op)
{
    const sfm_operator *o = sfm_operator_table[op];
    return o->use[o->n_uses - 1].buffer == SFM_CALLER_RESULTS;
}

static void run_task(void *buffers[], void *arg)
{
    sfm_task *task = arg;
    sfm_task_context *c = task->context;
    task->start = sfm_now();
    if (c->fmm->other && atomic_load(c->broken) >> c->number % 64 & 1)
        atomic_store(&c->stale, 1);
    if (!atomic_load_explicit(&c->cancelled, memory_order_relaxed))
        run_operator(task, buffers);
    else if (!c->fmm->other)
        sfm_codelet_break(c);
    task->worker = starpu_worker_get_id();
    task->end = sfm_now();
    c->stats[task->worker].seconds[task->op] += task->end - task->start;
    c->stats[task->worker].tasks[task->op]++;
    if (writes_results(task->op) && atomic_fetch_sub(&c->undelivered, 1) == 1)
        atomic_fetch_sub(c->active, 1);
}

/* ---- codelets -------------------------------------------------------------------------- */

static uint32_t footprint_of_task(struct starpu_task *task)
{
    return ((const sfm_task *)task->cl_arg)->footprint;
}

static struct starpu_perfmodel models[SFM_N_ROWS];
static struct starpu_codelet codelets[SFM_N_ROWS];
static pthread_once_t made = PTHREAD_ONCE_INIT;

static void make_codelets(void)
{
    for (int op = 0; op < SFM_N_ROWS; op++) {
        const sfm_operator *o = sfm_operator_table[op];
        models[op] = (struct starpu_perfmodel){.type = STARPU_HISTORY_BASED,
                                               .symbol = o->codelet,
                                               .footprint = footprint_of_task};
        codelets[op] = (struct starpu_codelet){.cpu_funcs = {run_task},
                                               .cpu_funcs_name = {o->codelet},
                                               .nbuffers = STARPU_VARIABLE_NBUFFERS,
                                               .name = o->codelet,
                                               .model = &models[op],
                                               .color = o->color};
    }
}

struct starpu_codelet *sfm_codelet_of(int op)
{
    pthread_once(&made, make_codelets);
    return &codelets[op];
}

uint32_t sfm_task_footprint(const sfm_fmm *f, int32_t group, double flops, size_t n_rhs)
{
    const sfm_group *g = sfm_group_of(f, group);
    const sfm_settings *s = f->settings;
    const uint32_t parts[] = {
        (uint32_t)s->kernel->id, (uint32_t)s->precision, (uint32_t)s->source,
        (uint32_t)s->target,     (uint32_t)s->order,     (uint32_t)s->check_order,
        (uint32_t)s->accuracy,   (uint32_t)s->isa,       (uint32_t)s->m2l};
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        hash = (hash ^ parts[i]) * 16777619u;
    double points = (double)(g->src_end - g->src_begin + g->trg_end - g->trg_begin);
    double work = (flops > 0 ? flops : points) * (double)n_rhs + 1;
    return hash << 10 | ((uint32_t)(4 * log2(work)) & 1023);
}

static void do_nothing(void *buffers[], void *arg)
{
    (void)buffers, (void)arg;
}

#define ENDS_COLOR 0x616161 /* as SCATTER */

struct starpu_codelet sfm_codelet_open = {.cpu_funcs = {do_nothing},
                                          .cpu_funcs_name = {"starfmm_open"},
                                          .nbuffers = STARPU_VARIABLE_NBUFFERS,
                                          .name = "starfmm_open",
                                          .color = ENDS_COLOR};

struct starpu_codelet sfm_codelet_end_of = {.cpu_funcs = {do_nothing},
                                            .cpu_funcs_name = {"starfmm_end"},
                                            .nbuffers = 0,
                                            .name = "starfmm_end",
                                            .color = ENDS_COLOR};
