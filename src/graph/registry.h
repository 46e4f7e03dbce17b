/* SPDX-License-Identifier: BSD-3-Clause */
/* The plans that are alive, so that a call on one that has been destroyed is an error and no
 * accident.  (One may have been made since at the same address: then that one is meant.) */
#ifndef SFM_REGISTRY_H
#define SFM_REGISTRY_H

#include "graph/graph.h"

void sfm_registry_add(starfmm_plan *plan);
void sfm_registry_remove(starfmm_plan *plan);

/* EINVAL for NULL or what is no living plan; `function` is named in the message. */
starfmm_status sfm_plan_check(const starfmm_plan *plan, const char *function);

#endif
