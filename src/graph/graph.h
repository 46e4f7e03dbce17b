/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the graph layer keeps for a plan: the buffers as StarPU data, requests in flight, how
 * callers cut their arrays, and what the last evaluation did.
 *
 * A live request uses the plan, its workspace and its layouts.  It is live from before its
 * first task is submitted until its end callback has returned; whoever frees or changes what
 * it uses waits for that.
 */
#ifndef SFM_GRAPH_H
#define SFM_GRAPH_H

#include <pthread.h>
#include <stdatomic.h>

#include "codelets/codelets.h"
#include "graph/names.h"
#include "graph/workspace.h"
#include "plan/plan.h"
#include "schedule/layout.h"

/* What the last evaluation that ended did. */
typedef struct sfm_record {
    starfmm_profile profile;               /* size 0: none has ended */
    double origin;                         /* sfm_now() of its submission */
    sfm_task (*task)[STARFMM_N_OPERATORS]; /* [n_groups] its tasks, with the times */
} sfm_record;

typedef struct sfm_graph {
    pthread_mutex_t submit_lock; /* one graph is submitted after the other; before lock */
    pthread_mutex_t lock;        /* of all that follows but the atomic */
    sfm_workspace *workspaces;   /* list, one for each number of vectors in use */
    sfm_layout *layouts;         /* list, of the callers' chunks */
    sfm_names_cache names;       /* of the tasks */
    starfmm_progress progress;   /* of blocking evaluations, */
    void *progress_payload;
    struct starfmm_request *blocking; /* list, of the blocking calls under way */
    size_t live_requests;
    pthread_cond_t left;       /* a request is live no more */
    atomic_size_t undelivered; /* requests that have results to deliver yet */
    sfm_record last;
} sfm_graph;

/* The public plan.  A plan that is alive is in one list, see graph/live_plans.h. */
struct starfmm_plan {
    sfm_plan core;
    sfm_graph graph;
    struct starfmm_plan *next; /* in the list of live plans, whose lock is that of both */
    int visits;                /* that are under way */
};

void sfm_graph_init(sfm_graph *graph);
/* All memory; the workspaces have been freed. */
void sfm_graph_clear(sfm_graph *graph);

/* The points have moved: layouts and the last evaluation's record go. */
void sfm_graph_forget(sfm_graph *graph);

/* Nothing is under way when this answers OK.  A request that has delivered all its results
 * is waited for, since its caller may know of no other; EBUSY while others are in flight, or
 * where it would have to wait in a task or callback; ERUNTIME in a forked child. */
starfmm_status sfm_graph_wait(sfm_graph *graph);

/* Give back everything that is StarPU's, its memory to the plan's pool.  As sfm_graph_wait. */
starfmm_status sfm_graph_release(sfm_graph *graph, sfm_plan *plan);

/* One live request less; the plan may be gone when this returns. */
void sfm_graph_leave(sfm_graph *graph);

#endif
