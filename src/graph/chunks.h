/* SPDX-License-Identifier: BSD-3-Clause */
/* The caller's StarPU handles, checked against what an evaluation needs. */
#ifndef SFM_CHUNKS_H
#define SFM_CHUNKS_H

#include <starpu.h>

#include "plan/plan.h"

typedef struct sfm_chunks {
    size_t n;
    starpu_data_handle_t *handle; /* [n] */
    const sfm_layout *layout;     /* of the plan */
} sfm_chunks;

/*
 * Take `n` handles whose rows of `width` reals are to add up to the points of a set; `what`
 * names them in messages.  The plan's lock is held.  EINVAL, ENOMEM; nothing is kept then.
 */
starfmm_status sfm_chunks_take(sfm_chunks *chunks, starfmm_plan *plan, const char *what,
                               size_t n, const starpu_data_handle_t *handles,
                               const sfm_points *points, size_t width);
void sfm_chunks_free(sfm_chunks *chunks);

#endif
