/* SPDX-License-Identifier: BSD-3-Clause */
/* SCATTER: T to the caller's potentials and gradients. */
#include "codelets/codelets.h"

static void run(void *buffers[], void *arg)
{
    double start = sfm_codelet_begin();
    sfm_task *task = arg;
    sfm_task_context *c = task->context;
    (c->fmm->precision == STARFMM_DOUBLE ? sfm_scatter_f64 : sfm_scatter_f32)(
        c->fmm, task->group, c->n_rhs, (const void *)STARPU_VECTOR_GET_PTR(buffers[0]),
        &c->potentials, c->with_gradients ? &c->gradients : NULL);
    sfm_codelet_end(task, STARFMM_OP_SCATTER, start);
}

SFM_CODELET(scatter, SCATTER, run);
