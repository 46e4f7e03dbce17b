/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The plan: geometry, schedule, levels of operators and buffers, composed for one set of
 * options and points.  Nothing here knows of StarPU; whoever runs evaluations sees to it that
 * nobody uses a plan that is being changed.
 */
#ifndef SFM_PLAN_H
#define SFM_PLAN_H

#include "plan/buffers.h"
#include "policy/choose.h"
#include "precompute/operator_set.h"

typedef struct sfm_plan {
    starfmm_options options; /* as given, then as the environment says */
    int n_workers;           /* that evaluations will have, as known when it was made */

    sfm_settings settings;
    sfm_leaf_choice leaves;
    sfm_geometry geometry;
    sfm_schedule schedule;
    sfm_levels levels;
    sfm_fmm fmm;         /* the view of these */
    sfm_buffers buffers; /* for one vector; where other workspaces copy the points from */
    sfm_pool pool;       /* blocks between a move and the evaluations after it */

    /* [n_groups][operator] useful operations of a task for one vector; -1: there is no task */
    double (*task_flops)[STARFMM_N_OPERATORS];
    size_t n_tasks; /* of one evaluation, and how many of them are of each operator: */
    size_t n_tasks_of[STARFMM_N_OPERATORS];

    /* what is told of it */
    starfmm_list_stats lists[4]; /* U V W X */
    double tree_seconds, operators_seconds, setup_seconds;
} sfm_plan;

/* n_workers: that evaluations will have, 0: not known.  Errors as of starfmm_plan_create;
 * nothing is left then. */
starfmm_status sfm_plan_build(sfm_plan *plan, const starfmm_options *options,
                              const sfm_point_sets *points, int n_workers);
/* The pool may have been given more. */
void sfm_plan_free(sfm_plan *plan);

/*
 * Other points for the same options, in two steps.  Prepare builds what is new and leaves the
 * plan as it is.  If then move.keeps_buffers, everything that the graph layer has made for the
 * plan stays valid but for the coordinates in other workspaces than the plan's; else the graph
 * layer frees its workspaces before the second step.  Finish leaves the plan as it was if it
 * fails (ENOMEM), which it cannot if the buffers are kept.
 */
typedef struct sfm_plan_move {
    int keeps_buffers, keeps_schedule;
    sfm_geometry geometry;
    sfm_schedule schedule; /* if it is not kept, and so on: */
    sfm_levels levels;
    sfm_leaf_choice leaves;
    starfmm_list_stats lists[4];
    double start, tree_seconds, operators_seconds;
} sfm_plan_move;
starfmm_status sfm_plan_prepare_move(sfm_plan_move *move, sfm_plan *plan,
                                     const sfm_point_sets *points);
starfmm_status sfm_plan_finish_move(sfm_plan *plan, sfm_plan_move *move,
                                    const sfm_point_sets *points);
/* Instead of finishing. */
void sfm_plan_drop_move(sfm_plan_move *move);

/* Does an operator have a task for a group? */
static inline int sfm_plan_has_task(const sfm_plan *plan, int op, int32_t group)
{
    return plan->task_flops[group][op] >= 0;
}

/* Bytes held, M2L tables and matrices that it shares with others included. */
size_t sfm_plan_bytes(const sfm_plan *plan);

/* Are all of n points x finite, and at all there?  EINVAL, ENONFINITE. */
starfmm_status sfm_check_points(sfm_helpers *helpers, const char *what, size_t n,
                                const double *x);

/* Is the number of vectors 1 ... SFM_MAX_RHS?  EINVAL. */
#define SFM_MAX_RHS 1024
starfmm_status sfm_check_n_rhs(size_t n_rhs);

/* Options with the caller's struct size taken into account.  EINVAL. */
starfmm_status sfm_options_read(const starfmm_options *options, starfmm_options *to);

/* Write tree, lists and groups to a file, see starfmm_plan_write.  EIO, ENOMEM. */
starfmm_status sfm_plan_write(const sfm_plan *plan, const char *path);

#endif
