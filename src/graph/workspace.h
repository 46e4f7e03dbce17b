/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A workspace: the buffers of a plan as StarPU data, for one number of right-hand sides, and
 * the scratch of the workers.
 *
 * What is registered is StarPU's: the valid copy of a buffer may be on any memory node, and
 * the library writes to its own memory only between acquire and release.  Live requests use
 * workspaces, so these are freed when no request is live.
 */
#ifndef SFM_WORKSPACE_H
#define SFM_WORKSPACE_H

#include <starpu.h>

#include "plan/plan.h"

struct sfm_graph;

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

/* The one for n_rhs, NULL: none has been made for the StarPU that runs now; the graph's lock
 * is held. */
sfm_workspace *sfm_workspace_find(struct sfm_graph *graph, sfm_plan *plan, size_t n_rhs);

/* The same, made at its first use.  ENOMEM. */
starfmm_status sfm_workspace_get(struct sfm_graph *graph, sfm_plan *plan, size_t n_rhs,
                                 sfm_workspace **workspace);

/* Free all of them, as soon as no request is live.  Where StarPU has been shut down, its
 * handles are gone already.  Their memory goes to the plan's pool. */
void sfm_workspaces_free(struct sfm_graph *graph, sfm_plan *plan);

/* Before and after the plan's points are moved in place; no request is live.  Acquire: the
 * points' buffers are the library's to write.  Follow: they are so in the other workspaces,
 * those without room for them are freed, all that is left is StarPU's again. */
void sfm_workspaces_acquire_points(struct sfm_graph *graph, sfm_plan *plan);
void sfm_workspaces_follow(struct sfm_graph *graph, sfm_plan *plan);

/* Bytes held beyond the plan's own buffers. */
size_t sfm_workspaces_bytes(struct sfm_graph *graph);

#endif
