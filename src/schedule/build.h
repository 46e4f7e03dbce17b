/* SPDX-License-Identifier: BSD-3-Clause */
/* Builds the M2L work and the reactions of every group. */
#ifndef SFM_SCHEDULE_BUILD_H
#define SFM_SCHEDULE_BUILD_H

#include "operators/fmm.h"

/* Fill fmm->m2l; needs tree, groups and the colleagues.  ENOMEM. */
starfmm_status sfm_m2l_work_build(sfm_fmm *fmm, const sfm_csr *colleagues,
                                  sfm_helpers *helpers);
void sfm_m2l_work_free(sfm_fmm *fmm);

/* Nothing is built where sources and targets differ.  ENOMEM. */
starfmm_status sfm_reactions_build(sfm_fmm *fmm);
/* The lists of another's reactions (fmm->shares_shape), for other numbers of points. */
starfmm_status sfm_reactions_share(sfm_fmm *fmm, const sfm_reactions *lists);
void sfm_reactions_free(sfm_fmm *fmm);
size_t sfm_reactions_bytes(const sfm_fmm *fmm);

#endif
