/* SPDX-License-Identifier: BSD-3-Clause */
/* The public plan: the numerical plan, and what the graph layer keeps for it. */
#ifndef SFM_GRAPH_H
#define SFM_GRAPH_H

#include <pthread.h>
#include <stdatomic.h>

#include "plan/plan.h"
#include "schedule/layout.h"

/* Longest task name, such as "prefix_M2L_l12_g1234567". */
#define SFM_TASK_NAME 48

/* The names of all tasks with one prefix. */
typedef struct sfm_names {
    struct sfm_names *next;
    char *prefix;
    char (*name)[STARFMM_N_OPERATORS][SFM_TASK_NAME]; /* [n_groups] */
} sfm_names;

struct sfm_workspace; /* graph/workspace.h */

struct starfmm_plan {
    sfm_plan core;
    pthread_mutex_t submit_lock; /* one graph is submitted after the other */
    pthread_mutex_t lock;        /* of what follows */
    sfm_layout *layouts;         /* of callers' chunks */
    sfm_names *names;          /* traces keep pointers to them as long as the plan lives */
    starfmm_progress progress; /* of blocking evaluations */
    void *progress_payload;
    struct sfm_workspace *workspaces;
    struct starfmm_plan *next, **link; /* among the plans that have some */
    struct starfmm_plan *next_alive;   /* graph/registry.h */
    size_t live_requests;
    pthread_cond_t left;           /* a request has ended */
    atomic_size_t active;          /* requests that have not delivered all results yet */
    starfmm_profile profile;       /* of the last evaluation that ended; size 0: none yet */
    starfmm_task_record *timeline; /* [n_tasks] of the same; NULL: none yet, or no memory */
    size_t n_timeline;
};

/* Names of tasks with a prefix ("": none), made at their first use; the plan's lock is
 * held. Long prefixes are cut.  ENOMEM. */
starfmm_status sfm_names_get(starfmm_plan *plan, const char *prefix,
                             const char (**names)[STARFMM_N_OPERATORS][SFM_TASK_NAME]);

/* Forget what holds for the points as they were: layouts, names, profile, timeline. */
void sfm_graph_forget(starfmm_plan *plan);

#endif
