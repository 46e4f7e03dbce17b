/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tasks' arguments hold their times, so the timeline of the last evaluation is its array of
 * tasks, kept when the request has no more use for it.
 */
#include "graph/record.h"

#include "base/clock.h"
#include "base/memory.h"

/* Sums over the workers. */
static starfmm_profile sum_up(const sfm_request *r)
{
    double inside = 0, wall = sfm_now() - r->start;
    starfmm_profile p = {.size = sizeof p,
                         .n_workers = (int)r->n_workers,
                         .wall_seconds = wall,
                         .submit_seconds = r->submit_seconds};
    for (int op = 0; op < STARFMM_N_OPERATORS; op++) {
        for (unsigned w = 0; w < r->n_workers; w++) {
            p.seconds[op] += r->context.stats[w].seconds[op];
            p.tasks[op] += r->context.stats[w].tasks[op];
        }
        p.flops[op] = r->flops[op];
        inside += p.seconds[op];
    }
    p.codelet_share = wall > 0 && p.n_workers > 0 ? inside / (wall * p.n_workers) : 0;
    return p;
}

void sfm_record_keep(sfm_request *r)
{
    sfm_record now = {sum_up(r), r->start, r->task}, before;
    r->task = NULL;
    pthread_mutex_lock(&r->graph->lock);
    before = r->graph->last;
    r->graph->last = now;
    pthread_mutex_unlock(&r->graph->lock);
    sfm_free(before.task);
}

static starfmm_status check_record(const sfm_record *record)
{
    if (record->profile.size) return STARFMM_OK;
    return sfm_fail(STARFMM_EINVAL, "no evaluation has ended on this plan yet");
}

starfmm_status sfm_record_profile(sfm_graph *graph, starfmm_profile *profile)
{
    pthread_mutex_lock(&graph->lock);
    starfmm_status status = check_record(&graph->last);
    if (status == STARFMM_OK) *profile = graph->last.profile;
    pthread_mutex_unlock(&graph->lock);
    return status;
}

/* The tasks that ran, up to `capacity` of them into records; their number. */
static size_t list_tasks(const sfm_record *last, const sfm_groups *gr, size_t capacity,
                         starfmm_task_record *records)
{
    size_t n = 0;
    for (int32_t g = 0; g < gr->n; g++)
        for (int op = 0; op < STARFMM_N_OPERATORS; op++) {
            const sfm_task *t = &last->task[g][op];
            if (t->worker < 0) continue;
            if (n++ >= capacity) continue;
            records[n - 1] =
                (starfmm_task_record){(starfmm_operator)op,
                                      gr->group[g].level,
                                      (int)(g - gr->level_begin[gr->group[g].level]),
                                      t->worker,
                                      t->start - last->origin,
                                      t->end - last->origin};
        }
    return n;
}

starfmm_status sfm_record_timeline(sfm_graph *graph, const sfm_plan *plan, size_t capacity,
                                   starfmm_task_record *records, size_t *n_records)
{
    *n_records = 0;
    pthread_mutex_lock(&graph->lock);
    starfmm_status status = check_record(&graph->last);
    if (status == STARFMM_OK)
        *n_records = list_tasks(&graph->last, &plan->schedule.groups, capacity, records);
    pthread_mutex_unlock(&graph->lock);
    return status;
}
