/* SPDX-License-Identifier: BSD-3-Clause */
/* Builds fmm->reactions (ops/reactions.h) from the near rows and the groups. */
#ifndef SFM_PLAN_REACTIONS_H
#define SFM_PLAN_REACTIONS_H

#include "ops/fmm.h"

/* Nothing is built where sources and targets differ.  ENOMEM. */
starfmm_status sfm_reactions_build(sfm_fmm *fmm);
/* The lists of another's reactions (fmm->shares_shape), for other numbers of points. */
starfmm_status sfm_reactions_share(sfm_fmm *fmm, const sfm_reactions *lists);
void sfm_reactions_free(sfm_fmm *fmm);
size_t sfm_reactions_bytes(const sfm_fmm *fmm);

#endif
