/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Submission: the task graph of one evaluation (or of one evaluation at other targets) is
 * unrolled from the operators' rows (operators/operator.h shows them as a table).  A task per
 * operator and group, ordered by nothing but the data that it declares.
 *
 * Where the caller's arrays are StarPU data, an OPEN task writes each chunk of results first
 * (but not where results are added to what it holds), so that tasks may commute on chunks that
 * StarPU has not allocated yet.  Where the submission outlasts all its tasks, an END task without data ends the request (graph/request.h).
 *
 * Writers that add commute: they may run in any order, one at a time; a deterministic plan has
 * them run in the order of submission, so that every sum is formed in one order.
 */
#include "graph/submit.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* The task under construction. */
typedef struct builder {
    sfm_request *r;
    int op;
    int32_t group;
    int n; /* of r->descriptors */
} builder;

/* ---- data ------------------------------------------------------------------------------ */

static void declare(builder *b, starpu_data_handle_t handle,
                    enum starpu_data_access_mode mode)
{
    b->r->descriptors[b->n].handle = handle;
    b->r->descriptors[b->n++].mode = mode;
}

/* The caller's chunks that hold points of the group. */
static void declare_chunks(builder *b, const sfm_chunks *chunks,
                           enum starpu_data_access_mode mode)
{
    const sfm_layout *l = chunks->layout;
    for (size_t k = l ? l->group_begin[b->group] : 0; l && k < l->group_begin[b->group + 1];
         k++)
        declare(b, chunks->handle[l->chunk[k]], mode);
}

static enum starpu_data_access_mode mode_of(const builder *b, sfm_access access, int clears)
{
    switch (access) {
    case SFM_READ:
        return STARPU_R;
    case SFM_OVERWRITE:
        return STARPU_W;
    case SFM_CHANGE:
        return STARPU_RW;
    default:
        if (clears || b->r->deterministic) return STARPU_RW;
        return STARPU_RW | STARPU_COMMUTE;
    }
}

static void declare_use(builder *b, const sfm_use *use, int clears)
{
    sfm_request *r = b->r;
    if (use->buffer == SFM_CALLER_CHARGES) {
        declare_chunks(b, &r->charges, STARPU_R);
    } else if (use->buffer == SFM_CALLER_RESULTS) {
        /* No sum here: every task writes rows of its own. */
        declare_chunks(b, &r->potentials, STARPU_RW | STARPU_COMMUTE);
        declare_chunks(b, &r->gradients, STARPU_RW | STARPU_COMMUTE);
    } else {
        sfm_group_list list = sfm_use_groups(use, r->context.fmm, b->group);
        for (int32_t i = 0; i < list.n; i++)
            declare(b,
                    r->workspace
                        ->handle[use->buffer][list.group ? list.group[i] : list.first + i],
                    mode_of(b, use->access, clears));
    }
}

static void attach_data(const builder *b, struct starpu_task *task)
{
    task->nbuffers = b->n;
    if (b->n <= STARPU_NMAXBUFS) {
        for (int i = 0; i < b->n; i++) {
            task->handles[i] = b->r->descriptors[i].handle;
            task->modes[i] = b->r->descriptors[i].mode;
        }
        return;
    }
    /* StarPU frees these with the task, so they must come from malloc. */
    task->dyn_handles = malloc((size_t)b->n * sizeof *task->dyn_handles);
    task->dyn_modes = malloc((size_t)b->n * sizeof *task->dyn_modes);
    for (int i = 0; task->dyn_handles && task->dyn_modes && i < b->n; i++) {
        task->dyn_handles[i] = b->r->descriptors[i].handle;
        task->dyn_modes[i] = b->r->descriptors[i].mode;
    }
}

/* ---- tasks ----------------------------------------------------------------------------- */

static int clamp_priority(const sfm_request *r, double priority)
{
    if (priority < r->min_priority) return r->min_priority;
    return priority > r->max_priority ? r->max_priority : (int)priority;
}

/* In double: lws offers all of int, whose width is none. */
static int priority_of(const sfm_request *r, int op, int level)
{
    const sfm_operator *o = sfm_operator_table[op];
    int depth = r->context.fmm->geometry->tree.depth;
    double rank = o->rank + o->rank_slope * level / (depth > 0 ? depth : 1);
    int own = (int)(r->min_priority + ((double)r->max_priority - r->min_priority) * rank);
    return clamp_priority(r, (double)r->priority_base + own);
}

/* Hand a task over; it counts as pending from before StarPU may run it. */
static starfmm_status hand_over(sfm_request *r, struct starpu_task *task, int n)
{
    if (n > STARPU_NMAXBUFS && (!task->dyn_handles || !task->dyn_modes)) {
        starpu_task_destroy(task);
        return sfm_fail(STARFMM_ENOMEM, "no memory for a task of %d handles", n);
    }
    task->callback_func = sfm_request_done;
    task->callback_arg = r;
    sfm_request_add(r);
    int error = starpu_task_submit(task);
    if (error == 0) return STARFMM_OK;
    sfm_fail(STARFMM_ERUNTIME, "StarPU refused task %s: %s", task->name, strerror(-error));
    task->destroy = 0;
    starpu_task_destroy(task);
    sfm_request_refused(r);
    return STARFMM_ERUNTIME;
}

/* The one function that turns an operator on a group into a task of the graph. */
static starfmm_status submit_operator(sfm_request *r, int op, int32_t group)
{
    const sfm_fmm *f = r->context.fmm;
    builder b = {r, op, group, 0};
    double flops =
        f->other ? sfm_operator_flops(f, op, group) : r->plan->task_flops[group][op];
    int clears = op < STARFMM_N_OPERATORS && sfm_operator_clears(f, op, group);
    struct starpu_task *task = starpu_task_create();
    if (!task) return sfm_fail(STARFMM_ENOMEM, "no memory for a task");
    for (int u = 0; u < sfm_operator_table[op]->n_uses; u++)
        declare_use(&b, &sfm_operator_table[op]->use[u], clears);
    attach_data(&b, task);
    sfm_task *argument = &r->task[group][op < STARFMM_N_OPERATORS ? op : 0];
    *argument =
        (sfm_task){.context = &r->context,
                   .op = op,
                   .group = group,
                   .clears = clears,
                   .footprint = sfm_task_footprint(f, group, flops, r->context.n_rhs),
                   .worker = -1};
    task->cl = sfm_codelet_of(op);
    task->cl_arg = argument;
    task->cl_arg_size = sizeof *argument;
    task->name = op < STARFMM_N_OPERATORS ? r->names[group][op] : task->cl->name;
    task->color = task->cl->color;
    task->flops = flops * (double)r->context.n_rhs;
    r->flops[op] += task->flops;
    task->priority = priority_of(r, op, sfm_group_of(f, group)->level);
    return hand_over(r, task, b.n);
}

/* A task without work that writes a chunk. */
static starfmm_status submit_open(sfm_request *r, starpu_data_handle_t chunk)
{
    builder b = {r, STARFMM_OP_SCATTER, 0, 0};
    struct starpu_task *task = starpu_task_create();
    if (!task) return sfm_fail(STARFMM_ENOMEM, "no memory for a task");
    declare(&b, chunk, STARPU_W);
    attach_data(&b, task);
    task->cl = &sfm_codelet_open;
    task->name = task->cl->name;
    task->priority = r->max_priority;
    return hand_over(r, task, b.n);
}

static starfmm_status submit_opens(sfm_request *r, const sfm_chunks *chunks)
{
    for (size_t i = 0; i < chunks->n; i++) SFM_TRY(submit_open(r, chunks->handle[i]));
    return STARFMM_OK;
}

/* ---- graphs ---------------------------------------------------------------------------- */

static starfmm_status submit_other_targets(sfm_request *r)
{
    for (int32_t g = 0; g < sfm_target_groups(r->context.fmm)->n; g++)
        SFM_TRY(submit_operator(r, SFM_OP_OTHER, g));
    return STARFMM_OK;
}

static starfmm_status submit_evaluation(sfm_request *r)
{
    const sfm_groups *gr = &r->context.fmm->schedule->groups;
    int depth = r->context.fmm->geometry->tree.depth;
    for (int i = 0; i < STARFMM_N_OPERATORS; i++) {
        starfmm_operator op = sfm_operator_order[i];
        int upward = sfm_operator_table[op]->upward;
        for (int k = 0; k <= depth; k++) {
            int level = upward ? depth - k : k;
            for (int32_t g = gr->level_begin[level]; g < gr->level_begin[level + 1]; g++)
                if (sfm_plan_has_task(r->plan, op, g)) SFM_TRY(submit_operator(r, op, g));
        }
    }
    return STARFMM_OK;
}

static starfmm_status submit_all(sfm_request *r)
{
    if (!(r->context.flags & STARFMM_ACCUMULATE)) {
        SFM_TRY(submit_opens(r, &r->potentials));
        SFM_TRY(submit_opens(r, &r->gradients));
    }
    return r->context.fmm->other ? submit_other_targets(r) : submit_evaluation(r);
}

/* A new number for an evaluation, that of the last evaluation for other targets. */
static void number_evaluation(sfm_request *r)
{
    sfm_workspace *w = r->workspace;
    if (!r->context.fmm->other) {
        w->evaluations++;
        atomic_fetch_and(&w->broken, ~((uint64_t)1 << w->evaluations % 64));
    }
    r->context.number = w->evaluations;
}

starfmm_status sfm_submit_graph(sfm_request *r)
{
    /* Two graphs on one plan's buffers must not be interleaved. */
    pthread_mutex_lock(&r->graph->submit_lock);
    r->start = sfm_now();
    number_evaluation(r);
    starfmm_status status = submit_all(r);
    if (status != STARFMM_OK && !r->context.fmm->other) sfm_codelet_break(&r->context);
    r->submit_seconds = sfm_now() - r->start;
    pthread_mutex_unlock(&r->graph->submit_lock);
    if (status != STARFMM_OK) sfm_request_fail(r, status, sfm_get_error());
    return sfm_request_submitted(r);
}
