/* SPDX-License-Identifier: BSD-3-Clause */
#include "graph/request.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "ops/blas.h"

static starfmm_status allocate(sfm_request *r)
{
    size_t groups = (size_t)r->plan->fmm.groups.n;
    r->task = sfm_alloc(groups, sizeof *r->task);
    r->descriptors = sfm_alloc(groups + 3, sizeof *r->descriptors);
    r->context.stats = sfm_calloc(r->workspace->n_workers, sizeof *r->context.stats);
    for (size_t g = 0; r->task && g < groups; g++)
        for (int op = 0; op < STARFMM_N_OPERATORS; op++) r->task[g][op].worker = -1;
    if (r->task && r->descriptors && r->context.stats) return STARFMM_OK;
    return sfm_fail(STARFMM_ENOMEM, "no memory for a request of %zu groups", groups);
}

starfmm_status sfm_request_create(sfm_request **request, starfmm_plan *plan, size_t n_rhs)
{
    sfm_request *r = sfm_calloc(1, sizeof *r);
    *request = NULL;
    if (!r) return sfm_fail(STARFMM_ENOMEM, "no memory for a request");
    r->plan = plan;
    r->pending = 1;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->ended, NULL);
    pthread_mutex_lock(&plan->lock);
    starfmm_status status = sfm_workspace_get(plan, n_rhs, &r->workspace);
    if (status == STARFMM_OK) plan->live_requests++;
    pthread_mutex_unlock(&plan->lock);
    if (status != STARFMM_OK) {
        sfm_free(r);
        return status;
    }
    sfm_blas_single_thread_begin();
    status = allocate(r);
    if (status != STARFMM_OK) {
        sfm_request_free(r);
        return status;
    }
    r->context.fmm = &plan->fmm;
    r->context.n_rhs = n_rhs;
    r->context.scratch = r->workspace->scratch;
    r->context.scratch_bytes = r->workspace->buffers->scratch;
    atomic_init(&r->context.bad_row, SIZE_MAX);
    r->min_priority = starpu_sched_get_min_priority();
    r->max_priority = starpu_sched_get_max_priority();
    *request = r;
    return STARFMM_OK;
}

void sfm_request_fail(sfm_request *r, starfmm_status status, const char *message)
{
    pthread_mutex_lock(&r->lock);
    if (r->status == STARFMM_OK) {
        r->status = status;
        snprintf(r->message, sizeof r->message, "%s", message);
    }
    pthread_mutex_unlock(&r->lock);
}

void sfm_request_add(sfm_request *r)
{
    pthread_mutex_lock(&r->lock);
    r->pending++;
    pthread_mutex_unlock(&r->lock);
}

void sfm_request_done(void *request)
{
    sfm_request *r = request;
    pthread_mutex_lock(&r->lock);
    if (--r->pending == 0) pthread_cond_broadcast(&r->ended);
    pthread_mutex_unlock(&r->lock);
}

/* The tasks that ran, into the plan, whose lock is held. */
static void keep_timeline(const sfm_request *r)
{
    const sfm_groups *gr = &r->plan->fmm.groups;
    size_t n = 0;
    for (int32_t g = 0; g < gr->n; g++)
        for (int op = 0; op < STARFMM_N_OPERATORS; op++) {
            const sfm_task *t = &r->task[g][op];
            if (!sfm_plan_has_task(r->plan, (starfmm_operator)op, g) || t->worker < 0) continue;
            r->plan->timeline[n++] =
                (starfmm_task_record){(starfmm_operator)op, gr->group[g].level,
                                      (int)(g - gr->level_begin[gr->group[g].level]), t->worker,
                                      t->start - r->start, t->end - r->start};
        }
    r->plan->n_timeline = n;
}

/* What the workers did, into the plan. */
static void keep_profile(const sfm_request *r, double wall)
{
    const sfm_fmm *f = &r->plan->fmm;
    starfmm_profile p = {.size = sizeof p,
                         .n_workers = (int)r->workspace->n_workers,
                         .wall_seconds = wall,
                         .submit_seconds = r->submit_seconds};
    double inside = 0;
    for (int op = 0; op < STARFMM_N_OPERATORS; op++) {
        for (unsigned w = 0; w < r->workspace->n_workers; w++) {
            p.seconds[op] += r->context.stats[w].seconds[op];
            p.tasks[op] += r->context.stats[w].tasks[op];
        }
        for (int32_t g = 0; g < f->groups.n; g++)
            p.flops[op] += f->flops[g][op] * (double)r->context.n_rhs;
        inside += p.seconds[op];
    }
    p.codelet_share = wall > 0 && p.n_workers > 0 ? inside / (wall * p.n_workers) : 0;
    pthread_mutex_lock(&r->plan->lock);
    r->plan->profile = p;
    keep_timeline(r);
    pthread_mutex_unlock(&r->plan->lock);
}

starfmm_status sfm_request_wait(sfm_request *r)
{
    pthread_mutex_lock(&r->lock);
    while (r->pending > 0) pthread_cond_wait(&r->ended, &r->lock);
    pthread_mutex_unlock(&r->lock);
    keep_profile(r, sfm_now() - r->start);
    size_t bad = atomic_load(&r->context.bad_row);
    if (r->status == STARFMM_OK && bad != SIZE_MAX)
        return sfm_fail(STARFMM_ENONFINITE, "charge row %zu of %zu holds a NaN or an infinity",
                        bad, r->plan->fmm.tree.src.n);
    if (r->status != STARFMM_OK) sfm_set_error(r->message);
    return r->status;
}

void sfm_request_free(sfm_request *r)
{
    if (!r) return;
    sfm_blas_single_thread_end();
    pthread_mutex_lock(&r->plan->lock);
    r->plan->live_requests--;
    pthread_mutex_unlock(&r->plan->lock);
    sfm_free(r->task);
    sfm_free(r->descriptors);
    sfm_free(r->context.stats);
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->ended);
    sfm_free(r);
}
