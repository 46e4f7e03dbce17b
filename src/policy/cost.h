/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The cost model: seconds a node, from the amounts in the operators' rows and measured rates.
 * The rates are those of one core of an AVX-512 machine; only their ratios shape the plan, so
 * that the same points and options give the same groups, and the same sums, everywhere.
 */
#ifndef SFM_COST_H
#define SFM_COST_H

#include "operators/operator.h"

/* Estimated seconds of all operators whose target is a node into weight[n_nodes]; of the view,
 * settings, geometry and the schedule's rows are read. */
void sfm_cost_nodes(const sfm_fmm *fmm, sfm_helpers *helpers, double *weight);

/* Largest weight of a group for a plan whose nodes cost `total` seconds, on so many workers
 * (0: not known, or groups must not depend on it). */
double sfm_cost_group_limit(double total, int n_workers);

/* Points a leaf may hold for an order: where direct summation over a leaf's neighbourhood
 * costs about as much as the expansions of its children would.  one_set: sources are
 * targets too; volume: they fill a volume rather than lie on surfaces or in clusters. */
int sfm_cost_n_crit(const sfm_settings *settings, int one_set, int volume);

/*
 * Where points fill a cube evenly, all leaves of a level are alike, and their points differ
 * by a factor of 8 from level to level: too many on one, too few on the next.  But the root
 * cube need not be the smallest: stretched, it has k cells along the points' side on a level
 * of 2^l, for any k.  At 6 digits that takes a third off the time (10^6 points: k = 22).
 */
typedef struct sfm_grid {
    double stretch; /* of the root cube, 1 .. 2 */
    int n_crit;     /* more than a leaf holds */
} sfm_grid;

/* The fastest grid, or that of the largest leaves of at most n_crit points (0: not given);
 * max_depth as in sfm_tree_options. */
sfm_grid sfm_cost_grid(const sfm_settings *settings, const sfm_point_sets *points,
                       int n_crit, int max_depth);

#endif
