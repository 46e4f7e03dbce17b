/* SPDX-License-Identifier: BSD-3-Clause */
/* The caller's StarPU handles, checked against what an evaluation needs. */
#ifndef SFM_CHUNKS_H
#define SFM_CHUNKS_H

#include <starpu.h>

#include "graph/graph.h"

typedef struct sfm_chunks {
    size_t n;
    starpu_data_handle_t *handle; /* [n] */
    const sfm_layout *layout;     /* of the plan */
} sfm_chunks;

/* What chunks are taken for. */
typedef struct sfm_chunk_use {
    const char *what;         /* in messages */
    const sfm_fmm *fmm;       /* its groups are what layouts are made for */
    const sfm_points *points; /* of fmm */
    size_t width;             /* reals of a row */
    sfm_layout **layouts;     /* list of layouts to share */
} sfm_chunk_use;

/* Take `n` handles whose rows are to add up to the points of a set.  The lock of the list
 * of layouts is held.  EINVAL, ENOMEM; nothing is kept then. */
starfmm_status sfm_chunks_take(sfm_chunks *chunks, const sfm_chunk_use *use, size_t n,
                               const starpu_data_handle_t *handles);
void sfm_chunks_free(sfm_chunks *chunks);

#endif
