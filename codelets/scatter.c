/* SPDX-License-Identifier: BSD-3-Clause */
/* SCATTER: T, completed by what other groups' P2P left in R, to the caller's potentials and
 * gradients.  Buffers: those R, T, then the caller's chunks of potentials and of gradients. */
#include "codelets/codelets.h"
#include "operators/p2p.h"

/* The number of buffers R. */
static unsigned complete(void *buffers[], const sfm_task *task, sfm_arena scratch)
{
    const sfm_task_context *c = task->context;
    const sfm_reactions *r = &c->fmm->reactions;
    if (!r->in) return 0;
    unsigned n = (unsigned)(r->in_begin[task->group + 1] - r->in_begin[task->group]);
    const void **from = sfm_arena_take(&scratch, n, sizeof *from);
    for (unsigned i = 0; i < n; i++) from[i] = (void *)STARPU_VECTOR_GET_PTR(buffers[i]);
    (c->fmm->precision == STARFMM_DOUBLE ? sfm_fetch_reactions_f64 : sfm_fetch_reactions_f32)(
        c->fmm, task->group, c->n_rhs, from, (void *)STARPU_VECTOR_GET_PTR(buffers[n]));
    return n;
}

static void scatter(void *buffers[], const sfm_task *task)
{
    const sfm_task_context *c = task->context;
    sfm_arena scratch = sfm_codelet_scratch(c);
    sfm_rows potentials = c->potentials, gradients = c->gradients;
    unsigned t = complete(buffers, task, scratch), next = t + 1;
    if (c->potential_layout)
        next += sfm_codelet_rows(c->potential_layout, task->group, buffers + next, &scratch,
                                 &potentials);
    if (c->gradient_layout)
        sfm_codelet_rows(c->gradient_layout, task->group, buffers + next, &scratch, &gradients);
    (c->fmm->precision == STARFMM_DOUBLE ? sfm_scatter_f64 : sfm_scatter_f32)(
        c->fmm, task->group, c->n_rhs, (const void *)STARPU_VECTOR_GET_PTR(buffers[t]),
        &potentials, c->with_gradients ? &gradients : NULL);
}

static void run(void *buffers[], void *arg)
{
    double start = sfm_codelet_begin();
    scatter(buffers, arg);
    sfm_codelet_end(arg, STARFMM_OP_SCATTER, start);
    sfm_codelet_delivered(((sfm_task *)arg)->context);
}

SFM_CODELET(scatter, SCATTER, run);
