/* SPDX-License-Identifier: BSD-3-Clause */
/* From points and options to everything an evaluation needs but its buffers. */
#ifndef SFM_FMM_BUILD_H
#define SFM_FMM_BUILD_H

#include "ops/fmm.h"
#include "plan/levels.h"

typedef struct sfm_build_report {
    int n_crit, max_depth;
    starfmm_m2l m2l;
    double tree_seconds, operators_seconds;
    starfmm_list_stats u, v, w, x;
    sfm_level_options levels; /* its cache_status and message */
} sfm_build_report;

/* Options are checked here, coordinates by the caller.  On failure nothing is left. */
starfmm_status sfm_fmm_build(sfm_fmm *fmm, const starfmm_options *options, size_t n_sources,
                             const double *sources, size_t n_targets, const double *targets,
                             sfm_build_report *report);
void sfm_fmm_free(sfm_fmm *fmm);

/* Bytes held, tables of M2L methods not counted. */
size_t sfm_fmm_bytes(const sfm_fmm *fmm);

#endif
