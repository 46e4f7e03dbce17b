/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `pending` counts tasks that StarPU has and the submission itself.  Who takes it to zero ends
 * the request: nearly always the callback of the last task, in a worker.  If it is the
 * submission, in any thread, a task without data is submitted, whose callback is the end.
 */
#include "graph/request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/blas.h"
#include "base/memory.h"
#include "graph/record.h"
#include "graph/runtime.h"
#include "graph/submit.h"

/* ---- life ---------------------------------------------------------------------------- */

static void free_request(sfm_request *r)
{
    sfm_chunks_free(&r->charges);
    sfm_chunks_free(&r->potentials);
    sfm_chunks_free(&r->gradients);
    sfm_free(r->task);
    sfm_free(r->descriptors);
    sfm_free(r->context.stats);
    for (unsigned i = 0; r->scratch && i < r->n_workers; i++) sfm_free(r->scratch[i]);
    sfm_free(r->scratch);
    sfm_layouts_free(&r->layouts);
    sfm_names_release(r->table);
    if (r->other) sfm_other_targets_free(r->other);
    sfm_free(r->other);
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->ended);
    sfm_free(r);
}

/* What needs the graph's lock. */
static starfmm_status enter_plan(sfm_request *r, const char *prefix, size_t n_rhs)
{
    sfm_graph *graph = r->graph;
    pthread_mutex_lock(&graph->lock);
    starfmm_status status =
        sfm_names_get(&graph->names, &r->plan->schedule.groups, prefix, &r->table);
    if (status == STARFMM_OK)
        status = sfm_workspace_get(graph, r->plan, n_rhs, &r->workspace);
    if (status == STARFMM_OK) graph->live_requests++;
    pthread_mutex_unlock(&graph->lock);
    return status;
}

/* A request counts as undelivered until its last result is written (codelets/codelets.h), or,
 * where that does not happen, until its end. */
static void count_undelivered(sfm_request *r, size_t deliveries)
{
    atomic_init(&r->context.undelivered, deliveries ? deliveries : 1);
    r->context.active = &r->graph->undelivered;
    atomic_fetch_add(r->context.active, 1);
}

static void stop_counting_undelivered(sfm_request *r)
{
    if (atomic_load(&r->context.undelivered)) atomic_fetch_sub(r->context.active, 1);
}

starfmm_status sfm_request_create(sfm_request **request, starfmm_plan *plan, size_t n_rhs,
                                  const char *prefix, sfm_other_targets *other)
{
    *request = NULL;
    sfm_request *r = sfm_calloc(1, sizeof *r);
    if (!r) {
        if (other) sfm_other_targets_free(other);
        sfm_free(other);
        return sfm_fail(STARFMM_ENOMEM, "no memory for a request");
    }
    r->plan = &plan->core;
    r->graph = &plan->graph;
    r->other = other;
    r->view = r->plan->fmm;
    r->view.other = other;
    r->deterministic = r->plan->options.deterministic == STARFMM_ON;
    r->pending = 1;
    r->total = other ? (size_t)other->groups.n : r->plan->n_tasks;
    r->references = 2;
    r->context.n_rhs = n_rhs;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->ended, NULL);
    starfmm_status status = enter_plan(r, prefix, n_rhs);
    if (status != STARFMM_OK) {
        free_request(r);
        return status;
    }
    r->names = (const char(*)[STARFMM_N_OPERATORS][SFM_TASK_NAME])r->table->name;
    r->n_workers = r->workspace->n_workers;
    count_undelivered(r, other ? r->total : r->plan->n_tasks_of[STARFMM_OP_SCATTER]);
    status = sfm_blas_begin(r->n_workers);
    if (status != STARFMM_OK) {
        stop_counting_undelivered(r);
        sfm_graph_leave(r->graph);
        free_request(r);
        return status;
    }
    *request = r;
    return STARFMM_OK;
}

void sfm_request_discard(sfm_request *r)
{
    stop_counting_undelivered(r);
    sfm_blas_end();
    sfm_graph_leave(r->graph);
    free_request(r);
}

void sfm_request_release(sfm_request *r)
{
    pthread_mutex_lock(&r->lock);
    int left = --r->references;
    pthread_mutex_unlock(&r->lock);
    if (left == 0) free_request(r);
}

/* ---- launch -------------------------------------------------------------------------- */

static starfmm_status make_scratch(sfm_request *r)
{
    size_t bytes = sfm_operators_scratch(&r->view, r->context.n_rhs);
    r->context.scratch_bytes = bytes;
    r->scratch = sfm_calloc(r->n_workers, sizeof *r->scratch);
    for (unsigned i = 0; r->scratch && i < r->n_workers; i++)
        if (!(r->scratch[i] = sfm_alloc(bytes, 1))) break;
    if (r->scratch && r->scratch[r->n_workers - 1]) return STARFMM_OK;
    return sfm_fail(STARFMM_ENOMEM, "no memory for %u times %zu bytes of scratch",
                    r->n_workers, bytes);
}

static starfmm_status make_arrays(sfm_request *r)
{
    size_t groups = (size_t)sfm_target_groups(&r->view)->n;
    /* A task has at most three buffers of every group, three of its own, and the caller's
     * chunks. */
    size_t handles = 3 * (size_t)r->plan->schedule.groups.n + 3 + r->charges.n +
                     r->potentials.n + r->gradients.n;
    r->task = sfm_alloc(groups, sizeof *r->task);
    r->descriptors = sfm_alloc(handles, sizeof *r->descriptors);
    r->context.stats = sfm_calloc(r->n_workers, sizeof *r->context.stats);
    for (size_t g = 0; r->task && g < groups; g++)
        for (int op = 0; op < STARFMM_N_OPERATORS; op++) r->task[g][op].worker = -1;
    if (r->task && r->descriptors && r->context.stats)
        return sfm_runtime_check_memory(r->total + 1, "tasks");
    return sfm_fail(STARFMM_ENOMEM, "no memory for a request of %zu groups", groups);
}

/* The arrays and chunks are in it already. */
static void fill_context(sfm_request *r)
{
    sfm_task_context *c = &r->context;
    c->fmm = &r->view;
    c->broken = &r->workspace->broken;
    c->charge_layout = r->charges.layout;
    c->potential_layout = r->potentials.layout;
    c->gradient_layout = r->gradients.layout;
    c->scratch = r->other ? r->scratch : r->workspace->scratch;
    if (!r->other) c->scratch_bytes = r->workspace->buffers->scratch;
    atomic_init(&c->stale, 0);
    atomic_init(&c->bad_row, SIZE_MAX);
    atomic_init(&c->cancelled, 0);
    /* Each chunk of results has an OPEN task, unless it keeps what it holds. */
    if (!(c->flags & STARFMM_ACCUMULATE)) r->total += r->potentials.n + r->gradients.n;
    r->min_priority = starpu_sched_get_min_priority();
    r->max_priority = starpu_sched_get_max_priority();
}

starfmm_status sfm_request_launch(sfm_request *r)
{
    starfmm_status status = make_arrays(r);
    if (status == STARFMM_OK && r->other) status = make_scratch(r);
    if (status == STARFMM_OK) {
        fill_context(r);
        status = sfm_submit_graph(r);
    }
    if (status != STARFMM_OK) sfm_request_discard(r);
    return status;
}

/* ---- end ----------------------------------------------------------------------------- */

void sfm_request_fail(sfm_request *r, starfmm_status status, const char *message)
{
    pthread_mutex_lock(&r->lock);
    if (r->status == STARFMM_OK) {
        r->status = status;
        snprintf(r->message, sizeof r->message, "%s", message);
    }
    pthread_mutex_unlock(&r->lock);
}

/* What the tasks noted becomes the status, unless the submission has failed already. */
static void conclude_status(sfm_request *r)
{
    char text[128];
    size_t bad = atomic_load(&r->context.bad_row);
    if (bad != SIZE_MAX) {
        snprintf(text, sizeof text, "charge row %zu of %zu holds a NaN or an infinity", bad,
                 r->plan->geometry.tree.src.n);
        sfm_request_fail(r, STARFMM_ENONFINITE, text);
    }
    if (atomic_load(&r->context.stale))
        sfm_request_fail(r, STARFMM_EINVAL,
                         "the evaluation whose expansions were asked for has failed");
    if (atomic_load(&r->context.cancelled))
        sfm_request_fail(r, STARFMM_ECANCELLED, "the request was cancelled");
}

/* The end of a request that was launched: all its tasks have ended, and this is a worker's
 * thread.  Who holds the last reference frees it, so nothing after `release` may touch it. */
static void end_request(void *request)
{
    sfm_request *r = request;
    conclude_status(r);
    if (!r->other) sfm_record_keep(r);
    stop_counting_undelivered(r);
    sfm_blas_end();
    pthread_mutex_lock(&r->lock);
    r->has_ended = 1;
    pthread_mutex_unlock(&r->lock);
    if (r->callback) r->callback(r, r->status, r->payload);
    if (r->use_end_tag) starpu_tag_notify_from_apps(r->end_tag);
    sfm_graph_leave(r->graph);
    pthread_mutex_lock(&r->lock);
    r->is_over = 1;
    pthread_cond_broadcast(&r->ended);
    pthread_mutex_unlock(&r->lock);
    sfm_request_release(r);
}

void sfm_request_add(sfm_request *r)
{
    pthread_mutex_lock(&r->lock);
    r->pending++;
    pthread_mutex_unlock(&r->lock);
}

static size_t subtract_pending(sfm_request *r)
{
    pthread_mutex_lock(&r->lock);
    size_t left = --r->pending;
    pthread_mutex_unlock(&r->lock);
    return left;
}

void sfm_request_refused(sfm_request *r)
{
    subtract_pending(r);
}

/* About a hundred calls an evaluation. */
static void report_progress(sfm_request *r, size_t done)
{
    size_t step = r->total / 100 + 1;
    if (!r->progress || (done % step != 0 && done != r->total)) return;
    if (r->progress(done, r->total, r->payload)) atomic_store(&r->context.cancelled, 1);
}

void sfm_request_done(void *request)
{
    sfm_request *r = request;
    pthread_mutex_lock(&r->lock);
    size_t done = ++r->done;
    pthread_mutex_unlock(&r->lock);
    report_progress(r, done);
    /* Whoever is not the last must not touch the request any more. */
    if (subtract_pending(r) == 0) end_request(r);
}

starfmm_status sfm_request_submitted(sfm_request *r)
{
    if (subtract_pending(r) > 0) return STARFMM_OK;
    /* All tasks have ended, or there were none: the end is a task. */
    struct starpu_task *task = starpu_task_create();
    int error = -ENOMEM;
    if (task) {
        task->cl = &sfm_codelet_end_of;
        task->name = task->cl->name;
        task->priority = r->max_priority;
        task->callback_func = end_request;
        task->callback_arg = r;
        error = starpu_task_submit(task);
        if (error == 0) return STARFMM_OK;
        task->destroy = 0;
        starpu_task_destroy(task);
    }
    sfm_fail(STARFMM_ERUNTIME, "StarPU refused the task that ends a request: %s",
             strerror(-error));
    if (r->status == STARFMM_OK) return STARFMM_ERUNTIME;
    sfm_set_error(r->message);
    return r->status;
}

/* ---- the caller ---------------------------------------------------------------------- */

int sfm_request_has_ended(const sfm_request *r)
{
    pthread_mutex_t *lock = (pthread_mutex_t *)&r->lock; /* no part of its value */
    pthread_mutex_lock(lock);
    int ended = r->has_ended;
    pthread_mutex_unlock(lock);
    return ended;
}

starfmm_status sfm_request_wait(sfm_request *r)
{
    starfmm_status status = sfm_runtime_check_may_wait();
    pthread_mutex_lock(&r->lock);
    if (status == STARFMM_OK && !r->is_over) status = sfm_runtime_check();
    while (status == STARFMM_OK && !r->is_over) pthread_cond_wait(&r->ended, &r->lock);
    pthread_mutex_unlock(&r->lock);
    SFM_TRY(status);
    if (r->status != STARFMM_OK) sfm_set_error(r->message);
    return r->status;
}

starfmm_status sfm_request_cancel(sfm_request *r)
{
    if (sfm_request_has_ended(r))
        return sfm_fail(STARFMM_EINVAL, "starfmm_request_cancel: the request has ended");
    atomic_store(&r->context.cancelled, 1);
    return STARFMM_OK;
}
