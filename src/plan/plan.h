/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The plan: everything that depends on the points alone, but for what the graph layer keeps
 * beside it (graph/graph.h).  No StarPU and no locks here: whoever changes a plan has it alone.
 */
#ifndef SFM_PLAN_H
#define SFM_PLAN_H

#include "plan/buffers.h"
#include "plan/fmm_build.h"
#include "plan/tuning.h"

typedef struct sfm_plan {
    sfm_fmm fmm;
    int n_workers;           /* as known when it was made */
    starfmm_options options; /* as given, then as the environment says; own texts */
    char *cache_dir, *profile_path;
    starfmm_options chosen; /* the same with the profile's settings */
    sfm_tuning_report tuning;
    sfm_build_report report;
    double setup_seconds;
    sfm_buffers buffers; /* for one vector; where other workspaces copy the points from */
    sfm_pool pool;       /* blocks between a move and the evaluations after it */
    size_t n_tasks;      /* of one evaluation, */
    size_t n_scatters;   /* and how many of them deliver results */
    uint16_t *tasks;     /* [n_groups] bit op: the operator has a task for the group */
} sfm_plan;

/* Arguments checked, report filled; nothing of StarPU is touched. */
starfmm_status sfm_plan_build(sfm_plan *plan, const starfmm_options *options,
                              const sfm_point_sets *points);
/*
 * Other points for the same options, in two steps.  Prepare fills moved->fmm and report,
 * moved being zero before; the plan is not touched.  If then moved->fmm.shares_shape and
 * the plan's buffers fit (sfm_buffers_fit), the move can be made in place: everything that
 * the graph layer has made for the plan stays valid, but for the places of points in other
 * workspaces. Else the graph layer frees the workspaces before the move, which leaves the
 * plan as it was if it fails.  Both leave nothing in `moved`.
 */
starfmm_status sfm_plan_prepare_move(sfm_plan *moved, const sfm_plan *plan,
                                     const sfm_point_sets *points);
void sfm_plan_move_in_place(sfm_plan *plan, sfm_plan *moved,
                            const sfm_point_sets *points);
starfmm_status sfm_plan_move(sfm_plan *plan, sfm_plan *moved,
                             const sfm_point_sets *points);
/* The graph layer has freed the workspaces. */
void sfm_plan_clear(sfm_plan *plan);

/* Are all of n points x finite, and at all there?  EINVAL, ENONFINITE. */
starfmm_status sfm_check_points(sfm_helpers *helpers, const char *what, size_t n,
                                const double *x);

/* Is the number of vectors 1 ... SFM_MAX_RHS?  EINVAL. */
#define SFM_MAX_RHS 1024
starfmm_status sfm_check_n_rhs(size_t n_rhs);

/* Options with the caller's struct size taken into account.  EINVAL. */
starfmm_status sfm_options_read(const starfmm_options *options, starfmm_options *to);

/* Is the operator the first of those that add to the group's D, which has to clear it? */
static inline int sfm_plan_clears(const sfm_plan *plan, starfmm_operator op,
                                  int32_t group)
{
    const unsigned adders =
        1u << STARFMM_OP_M2L | 1u << STARFMM_OP_P2L | 1u << STARFMM_OP_L2L;
    unsigned mine = plan->tasks[group] & adders;
    return mine >> op & 1 && (mine & ((1u << op) - 1)) == 0;
}

/* Does an operator have a task for a group? */
static inline int sfm_plan_has_task(const sfm_plan *plan, starfmm_operator op,
                                    int32_t group)
{
    return plan->tasks[group] >> op & 1;
}

#endif
