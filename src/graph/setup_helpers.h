/* SPDX-License-Identifier: BSD-3-Clause */
/* Who shares the work of making a plan: StarPU's CPU workers, where it runs. */
#ifndef SFM_SETUP_HELPERS_H
#define SFM_SETUP_HELPERS_H

#include "base/parallel.h"

/*
 * Fills `helpers` for work on so many points and returns it, or NULL where there is no help
 * to have: few points, StarPU does not run, or the caller is a task or callback (the
 * workers are then the host's to share out).  The workers help by tasks that nobody waits
 * for, so that the host's tasks go on and a paused or busy StarPU delays nothing.
 */
sfm_helpers *sfm_setup_helpers(sfm_helpers *helpers, size_t n_points);

/* Workers that evaluations will have: StarPU's, or before it runs those it would start. */
int sfm_expected_workers(void);

#endif
