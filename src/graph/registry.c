/* SPDX-License-Identifier: BSD-3-Clause */
#include "graph/registry.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static starfmm_plan *first;

void sfm_registry_add(starfmm_plan *plan)
{
    pthread_mutex_lock(&lock);
    plan->next_alive = first;
    first = plan;
    pthread_mutex_unlock(&lock);
}

void sfm_registry_remove(starfmm_plan *plan)
{
    pthread_mutex_lock(&lock);
    starfmm_plan **at = &first;
    while (*at != plan) at = &(*at)->next_alive;
    *at = plan->next_alive;
    pthread_mutex_unlock(&lock);
}

starfmm_status sfm_plan_check(const starfmm_plan *plan, const char *function)
{
    if (!plan) return sfm_fail(STARFMM_EINVAL, "%s: plan is NULL", function);
    pthread_mutex_lock(&lock);
    const starfmm_plan *at = first;
    while (at && at != plan) at = at->next_alive;
    pthread_mutex_unlock(&lock);
    if (at) return STARFMM_OK;
    return sfm_fail(STARFMM_EINVAL, "%s: %p is no plan, or has been destroyed", function,
                    (const void *)plan);
}
