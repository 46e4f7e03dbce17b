/* SPDX-License-Identifier: BSD-3-Clause */
#include "graph/request.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/blas.h"

/* ---- life ------------------------------------------------------------------ */

static const sfm_groups *groups_of(const sfm_request *r)
{
    return sfm_target_groups(&r->view);
}

static starfmm_status make_scratch(sfm_request *r)
{
    unsigned n = r->workspace->n_workers;
    r->scratch = sfm_calloc(n, sizeof *r->scratch);
    for (unsigned i = 0; r->scratch && i < n; i++)
        if (!(r->scratch[i] = sfm_alloc(r->other_scratch, 1))) break;
    if (r->scratch && r->scratch[n - 1]) return STARFMM_OK;
    return sfm_fail(STARFMM_ENOMEM, "no memory for %u times %zu bytes of scratch", n,
                    r->other_scratch);
}

static starfmm_status allocate(sfm_request *r)
{
    size_t groups = (size_t)groups_of(r)->n;
    /* A task has at most all groups, three buffers of its own, and the caller's chunks; a
     * probe's three buffers of each group. */
    size_t handles = 3 * (size_t)r->plan->core.schedule.groups.n + 3 + 2 * SFM_MAX_CHUNKS;
    r->task = sfm_alloc(groups, sizeof *r->task);
    r->descriptors = sfm_alloc(handles, sizeof *r->descriptors);
    r->context.stats = sfm_calloc(r->workspace->n_workers, sizeof *r->context.stats);
    for (size_t g = 0; r->task && g < groups; g++)
        for (int op = 0; op < STARFMM_N_OPERATORS; op++) r->task[g][op].worker = -1;
    if (r->task && r->descriptors && r->context.stats)
        return r->other ? make_scratch(r) : STARFMM_OK;
    return sfm_fail(STARFMM_ENOMEM, "no memory for a request of %zu groups", groups);
}

static void free_memory(sfm_request *r)
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
    if (r->other) sfm_other_targets_free(r->other);
    sfm_free(r->other);
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->ended);
    sfm_free(r);
}

/* The plan is the request's no more. */
static void leave_plan(sfm_request *r)
{
    sfm_blas_single_thread_end();
    pthread_mutex_lock(&r->plan->lock);
    r->plan->live_requests--;
    pthread_cond_broadcast(&r->plan->left);
    pthread_mutex_unlock(&r->plan->lock);
}

static starfmm_status enter_plan(sfm_request *r, size_t n_rhs)
{
    pthread_mutex_lock(&r->plan->lock);
    starfmm_status status = sfm_names_get(r->plan, "", &r->names);
    if (status == STARFMM_OK) status = sfm_workspace_get(r->plan, n_rhs, &r->workspace);
    if (status == STARFMM_OK) r->n_workers = r->workspace->n_workers;
    if (status == STARFMM_OK) r->plan->live_requests++;
    pthread_mutex_unlock(&r->plan->lock);
    if (status == STARFMM_OK) sfm_blas_single_thread_begin();
    return status;
}

static void fill_context(sfm_request *r, size_t n_rhs)
{
    r->context.fmm = &r->view;
    r->context.broken = &r->workspace->broken;
    r->context.n_rhs = n_rhs;
    r->context.scratch = r->other ? r->scratch : r->workspace->scratch;
    r->context.scratch_bytes =
        r->other ? r->other_scratch : r->workspace->buffers->scratch;
    atomic_init(&r->context.stale, 0);
    atomic_init(&r->context.bad_row, SIZE_MAX);
    atomic_init(&r->context.cancelled, 0);
    size_t deliveries = r->other ? r->total : r->plan->core.n_tasks_of[STARFMM_OP_SCATTER];
    atomic_init(&r->context.undelivered, deliveries);
    r->context.active = &r->plan->active;
    if (deliveries) atomic_fetch_add(&r->plan->active, 1);
    r->deterministic = r->plan->core.options.deterministic == STARFMM_ON;
    r->min_priority = starpu_sched_get_min_priority();
    r->max_priority = starpu_sched_get_max_priority();
}

static sfm_request *make(starfmm_plan *plan, size_t n_rhs, sfm_other_targets *other)
{
    sfm_request *r = sfm_calloc(1, sizeof *r);
    if (!r) {
        if (other) sfm_other_targets_free(other);
        sfm_free(other);
        sfm_fail(STARFMM_ENOMEM, "no memory for a request");
        return NULL;
    }
    r->plan = plan;
    r->other = other;
    r->view = plan->core.fmm;
    r->view.other = other;
    r->pending = 1;
    if (other) r->other_scratch = sfm_operators_scratch(&r->view, n_rhs);
    r->total = other ? (size_t)other->groups.n : plan->core.n_tasks;
    r->references = 2;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->ended, NULL);
    return r;
}

starfmm_status sfm_request_create(sfm_request **request, starfmm_plan *plan, size_t n_rhs,
                                  sfm_other_targets *other)
{
    *request = NULL;
    sfm_request *r = make(plan, n_rhs, other);
    if (!r) return STARFMM_ENOMEM;
    starfmm_status status = enter_plan(r, n_rhs);
    if (status != STARFMM_OK) {
        free_memory(r);
        return status;
    }
    status = allocate(r);
    if (status != STARFMM_OK) {
        sfm_request_discard(r);
        return status;
    }
    fill_context(r, n_rhs);
    *request = r;
    return STARFMM_OK;
}

/* A request that will not deliver all results is off, too. */
static void take_off(sfm_request *r)
{
    if (r->context.active && atomic_load(&r->context.undelivered))
        atomic_fetch_sub(r->context.active, 1);
}

void sfm_request_discard(sfm_request *r)
{
    take_off(r);
    leave_plan(r);
    free_memory(r);
}

void sfm_request_release(sfm_request *r)
{
    pthread_mutex_lock(&r->lock);
    int left = --r->references;
    pthread_mutex_unlock(&r->lock);
    if (left == 0) free_memory(r);
}

/* ---- end ------------------------------------------------------------------- */

void sfm_request_fail(sfm_request *r, starfmm_status status, const char *message)
{
    pthread_mutex_lock(&r->lock);
    if (r->status == STARFMM_OK) {
        r->status = status;
        snprintf(r->message, sizeof r->message, "%s", message);
    }
    pthread_mutex_unlock(&r->lock);
}

/* The tasks that ran, into the plan, whose lock is held. */
static void keep_timeline(const sfm_request *r)
{
    const sfm_groups *gr = &r->plan->core.schedule.groups;
    size_t n = 0;
    if (!r->plan->timeline)
        r->plan->timeline = sfm_alloc(r->plan->core.n_tasks, sizeof *r->plan->timeline);
    for (int32_t g = 0; r->plan->timeline && g < gr->n; g++)
        for (int op = 0; op < STARFMM_N_OPERATORS; op++) {
            const sfm_task *t = &r->task[g][op];
            if (!sfm_plan_has_task(&r->plan->core, (starfmm_operator)op, g) || t->worker < 0)
                continue;
            r->plan->timeline[n++] =
                (starfmm_task_record){(starfmm_operator)op,
                                      gr->group[g].level,
                                      (int)(g - gr->level_begin[gr->group[g].level]),
                                      t->worker,
                                      t->start - r->start,
                                      t->end - r->start};
        }
    r->plan->n_timeline = n;
}

/* What the workers did, into the plan. */
static void keep_profile(const sfm_request *r)
{
    const sfm_plan *p_core = &r->plan->core;
    double inside = 0, wall = sfm_now() - r->start;
    starfmm_profile p = {.size = sizeof p,
                         .n_workers = (int)r->workspace->n_workers,
                         .wall_seconds = wall,
                         .submit_seconds = r->submit_seconds};
    for (int op = 0; op < STARFMM_N_OPERATORS; op++) {
        for (unsigned w = 0; w < r->workspace->n_workers; w++) {
            p.seconds[op] += r->context.stats[w].seconds[op];
            p.tasks[op] += r->context.stats[w].tasks[op];
        }
        for (int32_t g = 0; g < p_core->schedule.groups.n; g++)
            if (sfm_plan_has_task(p_core, op, g))
                p.flops[op] += sfm_operator_flops(&p_core->fmm, op, g) *
                               (double)r->context.n_rhs;
        inside += p.seconds[op];
    }
    p.codelet_share = wall > 0 && p.n_workers > 0 ? inside / (wall * p.n_workers) : 0;
    pthread_mutex_lock(&r->plan->lock);
    r->plan->profile = p;
    keep_timeline(r);
    pthread_mutex_unlock(&r->plan->lock);
}

static void judge(sfm_request *r)
{
    char text[128];
    size_t bad = atomic_load(&r->context.bad_row);
    if (bad != SIZE_MAX) {
        snprintf(text, sizeof text, "charge row %zu of %zu holds a NaN or an infinity", bad,
                 r->plan->core.geometry.tree.src.n);
        sfm_request_fail(r, STARFMM_ENONFINITE, text);
    }
    if (atomic_load(&r->context.stale))
        sfm_request_fail(r, STARFMM_EINVAL,
                         "the evaluation whose expansions were asked for has failed");
    if (atomic_load(&r->context.cancelled))
        sfm_request_fail(r, STARFMM_ECANCELLED, "the request was cancelled");
}

/* Called once, by whoever ends the last task or the submission. */
static void finish(sfm_request *r)
{
    judge(r);
    if (!r->other) keep_profile(r);
    take_off(r);
    leave_plan(r);
    pthread_mutex_lock(&r->lock);
    r->has_ended = 1;
    pthread_mutex_unlock(&r->lock);
    if (r->callback) r->callback(r, r->status, r->payload);
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
    /* The submission counts as one, too: it is no task. */
    if (done <= r->total) report_progress(r, done);
    /* The last one frees the request: whoever is not the last must not touch it any more.
     */
    pthread_mutex_lock(&r->lock);
    size_t left = --r->pending;
    pthread_mutex_unlock(&r->lock);
    if (left == 0) finish(r);
}

starfmm_status sfm_request_wait(sfm_request *r)
{
    pthread_mutex_lock(&r->lock);
    while (!r->is_over) pthread_cond_wait(&r->ended, &r->lock);
    pthread_mutex_unlock(&r->lock);
    if (r->status != STARFMM_OK) sfm_set_error(r->message);
    return r->status;
}
