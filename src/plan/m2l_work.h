/* SPDX-License-Identifier: BSD-3-Clause */
/* Builds the M2L work (ops/m2l_work.h) of every group. */
#ifndef SFM_PLAN_M2L_WORK_H
#define SFM_PLAN_M2L_WORK_H

#include "ops/fmm.h"

/* Fill fmm->m2l; needs tree, groups and the colleagues.  ENOMEM. */
starfmm_status sfm_m2l_work_build(sfm_fmm *fmm, const sfm_csr *colleagues, sfm_team *team);
void sfm_m2l_work_free(sfm_fmm *fmm);

#endif
