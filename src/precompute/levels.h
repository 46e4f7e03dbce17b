/* SPDX-License-Identifier: BSD-3-Clause */
/* The operators of all levels of a plan: obtained in double, kept in the working precision.
 */
#ifndef SFM_LEVELS_H
#define SFM_LEVELS_H

#include "operators/fmm.h"
#include "precompute/operators.h"

typedef struct sfm_level_options {
    starfmm_m2l m2l;      /* not automatic */
    double cutoff, floor; /* of the pseudo-inverses, see precompute/operators.h */
} sfm_level_options;

/* Fill fmm->levels.  Operators that `donor` (of the same options; NULL: none) has are
 * borrowed from it.  Errors: ENOMEM, ENUMERIC, EUNSUPPORTED. */
starfmm_status sfm_levels_create_f64(sfm_fmm *fmm, sfm_level_options *options,
                                     const sfm_fmm *donor);
starfmm_status sfm_levels_create_f32(sfm_fmm *fmm, sfm_level_options *options,
                                     const sfm_fmm *donor);

/* Make what was borrowed fmm's own; the donor is good for nothing but to be freed then. */
void sfm_levels_adopt_f64(sfm_fmm *fmm, sfm_fmm *donor);
void sfm_levels_adopt_f32(sfm_fmm *fmm, sfm_fmm *donor);

void sfm_levels_free_f64(sfm_fmm *fmm);
void sfm_levels_free_f32(sfm_fmm *fmm);
/* Bytes of matrices and surfaces (M2L tables not counted). */
size_t sfm_levels_bytes_f64(const sfm_fmm *fmm);
size_t sfm_levels_bytes_f32(const sfm_fmm *fmm);

#endif
