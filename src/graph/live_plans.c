/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The list's lock is never held while something is waited for, since callbacks of requests
 * that may have to end first look into the list.  A visit keeps its plan in the list by a
 * count instead.
 */
#include "graph/live_plans.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t visited = PTHREAD_COND_INITIALIZER;
static starfmm_plan *first;

void sfm_live_plans_lock(void)
{
    pthread_mutex_lock(&lock);
}

void sfm_live_plans_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

void sfm_live_plans_add(starfmm_plan *plan)
{
    pthread_mutex_lock(&lock);
    plan->next = first;
    first = plan;
    pthread_mutex_unlock(&lock);
}

void sfm_live_plans_remove(starfmm_plan *plan)
{
    pthread_mutex_lock(&lock);
    while (plan->visits) pthread_cond_wait(&visited, &lock);
    starfmm_plan **at = &first;
    while (*at != plan) at = &(*at)->next;
    *at = plan->next;
    pthread_mutex_unlock(&lock);
}

starfmm_status sfm_live_plans_check(const starfmm_plan *plan, const char *function)
{
    if (!plan) return sfm_fail(STARFMM_EINVAL, "%s: plan is NULL", function);
    pthread_mutex_lock(&lock);
    const starfmm_plan *at = first;
    while (at && at != plan) at = at->next;
    pthread_mutex_unlock(&lock);
    if (at) return STARFMM_OK;
    return sfm_fail(STARFMM_EINVAL, "%s: %p is no plan, or has been destroyed", function,
                    (const void *)plan);
}

void sfm_live_plans_visit(void (*visit)(starfmm_plan *plan))
{
    pthread_mutex_lock(&lock);
    for (starfmm_plan *at = first; at; at = at->next) {
        at->visits++;
        pthread_mutex_unlock(&lock);
        visit(at);
        pthread_mutex_lock(&lock);
        at->visits--;
        pthread_cond_broadcast(&visited);
    }
    pthread_mutex_unlock(&lock);
}
