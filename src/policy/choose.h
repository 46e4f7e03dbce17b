/* SPDX-License-Identifier: BSD-3-Clause */
/* From options and points to everything that is chosen before anything is built. */
#ifndef SFM_CHOOSE_H
#define SFM_CHOOSE_H

#include "operators/fmm.h"

/* Most that options and variables may ask for. */
#define SFM_MAX_N_CRIT 1000000
#define SFM_MAX_GROUP_SIZE (1 << 30)

/* Kernel, orders (raised as by sfm_accuracy_choose) and arithmetic.  Options are checked.
 * EINVAL, EPRECISION. */
starfmm_status sfm_choose_settings(sfm_settings *settings, const starfmm_options *options,
                                   sfm_isa isa, int raised);

/* How the tree's leaves shall be. */
typedef struct sfm_leaf_choice {
    int n_crit, max_depth;
    double stretch; /* of a new root cube, see policy/cost.h */
} sfm_leaf_choice;

sfm_leaf_choice sfm_choose_leaves(const sfm_settings *settings,
                                  const starfmm_options *options,
                                  const sfm_point_sets *points);

#endif
