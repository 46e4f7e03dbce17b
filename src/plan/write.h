/* SPDX-License-Identifier: BSD-3-Clause */
/* A plan's tree, lists and groups as an HDF5 file. */
#ifndef SFM_PLAN_WRITE_H
#define SFM_PLAN_WRITE_H

#include "plan/plan.h"

/* As starfmm_plan_write.  The lists, which a plan does not keep, are built again. */
starfmm_status sfm_plan_write(const sfm_plan *plan, const char *path);

#endif
