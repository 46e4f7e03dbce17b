/* SPDX-License-Identifier: BSD-3-Clause */
/* The caller's StarPU handles, checked against what an evaluation needs. */
#ifndef SFM_CHUNKS_H
#define SFM_CHUNKS_H

#include <pthread.h>
#include <starpu.h>

#include "plan/plan.h"
#include "schedule/layout.h"

/* An array of the caller, cut into chunks of rows. */
typedef struct sfm_chunks {
    size_t n;
    starpu_data_handle_t *handle; /* [n], owned */
    const sfm_layout *layout;     /* of a list of layouts */
} sfm_chunks;

/* What chunks are wanted for. */
typedef struct sfm_chunk_use {
    const char *what;         /* in messages */
    const sfm_fmm *fmm;       /* its groups are what layouts are made for */
    const sfm_points *points; /* a row for each */
    size_t width;             /* reals of a row */
    int is_read;              /* the handles must have values */
    int in_tree_order;        /* the rows */
    sfm_layout **layouts;     /* list of layouts to share, */
    pthread_mutex_t *lock;    /* and its lock */
} sfm_chunk_use;

/*
 * Accept `n` handles whose rows are to add up to the points of a set.  EINVAL, ENOMEM; nothing
 * is kept then.
 *
 * StarPU ends the process over a partitioned handle, and over reading one that nobody has
 * written or is about to write; both are told here by its public functions.  That a handle
 * has been unregistered cannot be told.
 */
starfmm_status sfm_chunks_accept(sfm_chunks *chunks, const sfm_chunk_use *use, size_t n,
                                 const starpu_data_handle_t *handles);
void sfm_chunks_free(sfm_chunks *chunks);

#endif
