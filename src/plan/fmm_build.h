/* SPDX-License-Identifier: BSD-3-Clause */
/* From points and options to everything an evaluation needs but its buffers. */
#ifndef SFM_FMM_BUILD_H
#define SFM_FMM_BUILD_H

#include "operators/fmm.h"
#include "precompute/levels.h"

typedef struct sfm_build_report {
    int n_crit, max_depth;
    double stretch; /* of a new root cube */
    starfmm_m2l m2l;
    double tree_seconds, operators_seconds;
    starfmm_list_stats u, v, w, x;
    sfm_level_options levels;
} sfm_build_report;

/* The points of a build; targets NULL: the sources. */
typedef struct sfm_point_sets {
    size_t n_sources, n_targets;
    const double *sources, *targets;
    sfm_helpers *helpers; /* shares the work; NULL: nobody does */
    int n_workers;        /* that evaluations will have, for the groups; 0: not known */
} sfm_point_sets;

/*
 * Options are checked here, coordinates by the caller.  `donor` (or NULL): the same options
 * for other points, whose root cube is kept and operators borrowed where they serve
 * (sfm_fmm_adopt); where the tree keeps its shape, so does everything that follows from it
 * (fmm->shares_shape): groups, lists, what is summed directly.  The report is the donor's
 * on entry.  On failure nothing is left, and the donor is as it was.
 */
starfmm_status sfm_fmm_build(sfm_fmm *fmm, const starfmm_options *options,
                             const sfm_point_sets *points, const sfm_fmm *donor,
                             sfm_build_report *report);

/* Free the donor, whose borrowed operators and shape become fmm's own. */
void sfm_fmm_adopt(sfm_fmm *fmm, sfm_fmm *donor);
void sfm_fmm_free(sfm_fmm *fmm);

/* Bytes held, tables of M2L methods not counted. */
size_t sfm_fmm_bytes(const sfm_fmm *fmm);

#endif
