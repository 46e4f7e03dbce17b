/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The plans that are alive, in one list: so a call on one that has been destroyed is an error
 * and no accident (one may have been made since at the same address: then that one is meant),
 * and the runtime's stop finds all that holds StarPU's data.
 */
#ifndef SFM_LIVE_PLANS_H
#define SFM_LIVE_PLANS_H

#include "graph/graph.h"

/* Make a plan, whose lists and buffers have been built into plan->core, known; or make it
 * unknown: waits for visits. */
void sfm_live_plans_add(starfmm_plan *plan);
void sfm_live_plans_remove(starfmm_plan *plan);

/* EINVAL for NULL or what is no living plan; `function` is named in the message. */
starfmm_status sfm_live_plans_check(const starfmm_plan *plan, const char *function);

/* Call for each plan; none is removed while it is visited.  The list is not locked during a
 * visit, which may wait for requests whose callbacks look into it. */
void sfm_live_plans_visit(void (*visit)(starfmm_plan *plan));

/* Round a fork: nobody else is changing the list in the child's copy. */
void sfm_live_plans_lock(void);
void sfm_live_plans_unlock(void);

#endif
