/* SPDX-License-Identifier: BSD-3-Clause */
/* PROBE: all sums of a group of cells of targets that are not the plan's.  Buffers: D, M and S of
 * the groups read, then the caller's chunks of potentials and of gradients. */
#include "codelets/codelets.h"

static void deliver(void *buffers[], const sfm_task *task, const void *t, sfm_arena *scratch)
{
    const sfm_task_context *c = task->context;
    const sfm_fmm *cells = &c->probe->cells;
    sfm_rows potentials = c->potentials, gradients = c->gradients;
    if (c->potential_layout)
        buffers +=
            sfm_codelet_rows(c->potential_layout, task->group, buffers, scratch, &potentials);
    if (c->gradient_layout)
        sfm_codelet_rows(c->gradient_layout, task->group, buffers, scratch, &gradients);
    (cells->precision == STARFMM_DOUBLE ? sfm_scatter_f64 : sfm_scatter_f32)(
        cells, task->group, c->n_rhs, t, &potentials, c->with_gradients ? &gradients : NULL);
}

static void probe(void *buffers[], const sfm_task *task)
{
    const sfm_task_context *c = task->context;
    const sfm_fmm *cells = &c->probe->cells;
    const sfm_group *g = &cells->groups.group[task->group];
    int is_double = cells->precision == STARFMM_DOUBLE;
    sfm_probe_args a = {.probe = c->probe,
                        .group = task->group,
                        .n_rhs = c->n_rhs,
                        .scratch = sfm_codelet_scratch(c)};
    unsigned n_in = (unsigned)(cells->p2l.group[task->group].n_slots +
                               cells->m2p.group[task->group].n_slots +
                               cells->near.group[task->group].n_slots);
    const void **in = sfm_arena_take(&a.scratch, n_in, sizeof *in);
    for (unsigned i = 0; i < n_in; i++) in[i] = (void *)STARPU_VECTOR_GET_PTR(buffers[i]);
    a.in = in;
    a.t = sfm_arena_take(&a.scratch, sfm_target_reals(cells, g, c->n_rhs),
                         is_double ? sizeof(double) : sizeof(float));
    (is_double ? sfm_place_f64 : sfm_place_f32)(cells, task->group, &cells->tree.trg,
                                                c->probe->targets, a.t);
    (is_double ? sfm_clear_f64 : sfm_clear_f32)(cells, task->group, c->n_rhs, a.t);
    sfm_arena rest = a.scratch;
    (is_double ? sfm_probe_run_f64 : sfm_probe_run_f32)(&a);
    deliver(buffers + n_in, task, a.t, &rest);
}

static void run(void *buffers[], void *arg)
{
    const sfm_task *task = arg;
    sfm_task_context *c = task->context;
    if (atomic_load(c->broken) >> c->number % 64 & 1) atomic_store(&c->stale, 1);
    if (!atomic_load_explicit(&c->cancelled, memory_order_relaxed)) probe(buffers, task);
    sfm_codelet_delivered(c);
}

SFM_CODELET(probe, PROBE, run);
