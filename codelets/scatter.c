/* SPDX-License-Identifier: BSD-3-Clause */
/* SCATTER: T to the caller's potentials and gradients.  Buffers: T, then the caller's chunks of
 * potentials and of gradients. */
#include "codelets/codelets.h"

static void scatter(void *buffers[], const sfm_task *task)
{
    const sfm_task_context *c = task->context;
    sfm_arena scratch = sfm_codelet_scratch(c);
    sfm_rows potentials = c->potentials, gradients = c->gradients;
    unsigned next = 1;
    if (c->potential_layout)
        next += sfm_codelet_rows(c->potential_layout, task->group, buffers + next, &scratch,
                                 &potentials);
    if (c->gradient_layout)
        sfm_codelet_rows(c->gradient_layout, task->group, buffers + next, &scratch, &gradients);
    (c->fmm->precision == STARFMM_DOUBLE ? sfm_scatter_f64 : sfm_scatter_f32)(
        c->fmm, task->group, c->n_rhs, (const void *)STARPU_VECTOR_GET_PTR(buffers[0]),
        &potentials, c->with_gradients ? &gradients : NULL);
}

static void run(void *buffers[], void *arg)
{
    double start = sfm_codelet_begin();
    scatter(buffers, arg);
    sfm_codelet_end(arg, STARFMM_OP_SCATTER, start);
    sfm_task_context *c = ((sfm_task *)arg)->context;
    if (atomic_fetch_sub(&c->undelivered, 1) == 1) atomic_fetch_sub(c->active, 1);
}

SFM_CODELET(scatter, SCATTER, run);
