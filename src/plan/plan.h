/* SPDX-License-Identifier: BSD-3-Clause */
/* The plan: the numerical core, its buffers, and what the graph layer keeps for it. */
#ifndef SFM_PLAN_H
#define SFM_PLAN_H

#include <pthread.h>
#include <stdatomic.h>

#include "plan/buffers.h"
#include "plan/fmm_build.h"
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
    sfm_fmm fmm;
    int n_workers;           /* as known when it was made */
    starfmm_options options; /* as given, then as the environment says */
    sfm_build_report report;
    double setup_seconds;
    sfm_buffers buffers; /* for one vector; where other workspaces copy the points from */
    sfm_pool pool;       /* blocks between a move and the evaluations after it */
    size_t n_tasks;      /* of one evaluation, */
    size_t n_scatters;   /* and how many of them deliver results */
    uint16_t *tasks;     /* [n_groups] bit op: the operator has a task for the group */

    pthread_mutex_t submit_lock; /* one graph is submitted after the other */
    pthread_mutex_t lock;        /* of what follows */
    sfm_layout *layouts;         /* of callers' chunks */
    sfm_names *names;          /* traces keep pointers to them as long as the plan lives */
    starfmm_progress progress; /* of blocking evaluations */
    void *progress_payload;
    struct sfm_workspace *workspaces;
    struct starfmm_plan *next, **link; /* among the plans that have some */
    struct starfmm_plan *next_alive;   /* plan/registry.h */
    size_t live_requests;
    pthread_cond_t left;           /* a request has ended */
    atomic_size_t active;          /* requests that have not delivered all results yet */
    starfmm_profile profile;       /* of the last evaluation that ended; size 0: none yet */
    starfmm_task_record *timeline; /* [n_tasks] of the same */
    size_t n_timeline;
};

/* Arguments checked, report filled; nothing of StarPU is touched. */
starfmm_status sfm_plan_build(starfmm_plan *plan, const starfmm_options *options,
                              const sfm_point_sets *points);
/*
 * Other points for the same options, in two steps.  Prepare fills moved->fmm and report,
 * moved being zero before; the plan is not touched.  If then moved->fmm.shares_shape and
 * the plan's buffers fit (sfm_buffers_fit), the move can be made in place: everything that
 * the graph layer has made for the plan stays valid, but for the places of points in other
 * workspaces. Else the graph layer frees the workspaces before the move, which leaves the
 * plan as it was if it fails.  Both leave nothing in `moved`.
 */
starfmm_status sfm_plan_prepare_move(starfmm_plan *moved, const starfmm_plan *plan,
                                     const sfm_point_sets *points);
void sfm_plan_move_in_place(starfmm_plan *plan, starfmm_plan *moved,
                            const sfm_point_sets *points);
starfmm_status sfm_plan_move(starfmm_plan *plan, starfmm_plan *moved,
                             const sfm_point_sets *points);
/* All but the workspaces, which the graph layer frees first. */
void sfm_plan_clear(starfmm_plan *plan);

/* Are all of n points x finite, and at all there?  EINVAL, ENONFINITE. */
starfmm_status sfm_check_points(sfm_helpers *helpers, const char *what, size_t n,
                                const double *x);

/* Options with the caller's struct size taken into account.  EINVAL. */
starfmm_status sfm_options_read(const starfmm_options *options, starfmm_options *to);

/* Is the operator the first of those that add to the group's D, which has to clear it? */
static inline int sfm_plan_clears(const starfmm_plan *plan, starfmm_operator op,
                                  int32_t group)
{
    const unsigned adders =
        1u << STARFMM_OP_M2L | 1u << STARFMM_OP_P2L | 1u << STARFMM_OP_L2L;
    unsigned mine = plan->tasks[group] & adders;
    return mine >> op & 1 && (mine & ((1u << op) - 1)) == 0;
}

/* Names of tasks with a prefix ("": none), made at their first use; the plan's lock is
 * held. Long prefixes are cut.  ENOMEM. */
starfmm_status sfm_names_get(starfmm_plan *plan, const char *prefix,
                             const char (**names)[STARFMM_N_OPERATORS][SFM_TASK_NAME]);

/* Does an operator have a task for a group? */
static inline int sfm_plan_has_task(const starfmm_plan *plan, starfmm_operator op,
                                    int32_t group)
{
    return plan->tasks[group] >> op & 1;
}

#endif
