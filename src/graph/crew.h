/* SPDX-License-Identifier: BSD-3-Clause */
/* Who shares the work of making a plan. */
#ifndef SFM_CREW_H
#define SFM_CREW_H

#include "base/threads.h"

typedef struct sfm_crew {
    sfm_team workers;    /* StarPU's, where it runs */
    sfm_threads threads; /* else */
} sfm_crew;

/*
 * The team for this thread and so many points, NULL where there is none to have:
 *   StarPU runs        its CPU workers, by tasks that are no one's to wait for, so that the
 *                      host's tasks go on and a paused or busy StarPU delays nothing
 *   it does not        threads on the other CPUs that the caller's affinity mask and the
 *                      control group's quota leave, until close
 *   a task, callback   none: the workers are the host's to share out
 *   few points         none
 */
sfm_team *sfm_crew_open(sfm_crew *crew, size_t n_points);
void sfm_crew_close(sfm_crew *crew);

/* Workers that evaluations will have: StarPU's, or before it runs those it would start. */
int sfm_crew_workers(void);

#endif
