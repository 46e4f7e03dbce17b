/* SPDX-License-Identifier: BSD-3-Clause */
/* The buffers of a plan as StarPU data, for one number of right-hand sides, and the scratch
 * of the workers. */
#ifndef SFM_WORKSPACE_H
#define SFM_WORKSPACE_H

#include <starpu.h>

#include "graph/graph.h"

typedef struct sfm_workspace {
    struct sfm_workspace *next;
    const sfm_buffers *buffers;
    sfm_buffers own; /* the plan's buffers serve one vector; others have their own */
    starpu_data_handle_t *handle[SFM_N_BUFFERS]; /* [n_groups], NULL: no such buffer */
    unsigned evaluations;    /* submitted for the plan's points as they are */
    _Atomic uint64_t broken; /* those that failed, see codelets/codelets.h */
    unsigned n_workers;
    sfm_block *scratch_block; /* [n_workers] */
    char **scratch;           /* [n_workers] buffers->scratch bytes */
} sfm_workspace;

/* The one for n_rhs, NULL: none has been made for the StarPU that runs now; the plan's lock is
 * held. */
sfm_workspace *sfm_workspace_find(starfmm_plan *plan, size_t n_rhs);

/* The plan's workspace for n_rhs, made at its first use; the plan's lock is held.  ENOMEM.
 */
starfmm_status sfm_workspace_get(starfmm_plan *plan, size_t n_rhs,
                                 sfm_workspace **workspace);

/* Free all of them; waits for tasks that still use them.  Where StarPU has been shut down,
 * its handles are gone already.  Their memory goes to the plan's pool. */
void sfm_workspaces_free(starfmm_plan *plan);

/* The plan's points have moved in place: so do those in workspaces of their own, and those
 * without room for them are freed. */
void sfm_workspaces_follow(starfmm_plan *plan);

/* Free those of all plans of the process, and their pools: StarPU is about to be shut down.
 */
void sfm_workspaces_free_all(void);

/* Bytes held beyond the plan's own buffers. */
size_t sfm_workspaces_bytes(const starfmm_plan *plan);

#endif
