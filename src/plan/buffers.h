/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The buffers of all groups for one number of right-hand sides (operators/buffer.h has what is
 * in them), as slices of one block, so that a slice can be a StarPU handle of its own.
 */
#ifndef SFM_BUFFERS_H
#define SFM_BUFFERS_H

#include "base/pool.h"
#include "operators/operator.h"

typedef struct sfm_buffers {
    size_t n_rhs;
    int32_t n_groups;
    size_t bytes;    /* in use of: */
    sfm_block block; /* none yet after sfm_buffers_lay_out */
    size_t *offset;  /* [SFM_N_BUFFERS][n_groups + 1] bytes; empty: the group has none */
    size_t scratch;  /* bytes that the hungriest task needs */
} sfm_buffers;

/* Offsets and sizes; then the memory, from a pool (ENOMEM) or, if that serves, another's
 * (1; 0: it does not).  The memory holds anything, but for expansions that are read where no
 * operator writes them: these are clear. */
starfmm_status sfm_buffers_lay_out(sfm_buffers *b, const sfm_fmm *fmm, size_t n_rhs);
starfmm_status sfm_buffers_allocate(sfm_buffers *b, const sfm_fmm *fmm, sfm_pool *pool);
int sfm_buffers_inherit(sfm_buffers *b, const sfm_fmm *fmm, sfm_buffers *from);
void sfm_buffers_free(sfm_buffers *b);

/* Do the particle buffers have room for the points of fmm, whose groups have the same nodes
 * as those that the buffers were made for? */
int sfm_buffers_fit(const sfm_buffers *b, const sfm_fmm *fmm);

/* Bytes of a group's buffer (0: none), and where it is. */
size_t sfm_buffer_bytes(const sfm_buffers *b, sfm_buffer_kind kind, int32_t group);
void *sfm_buffer_at(const sfm_buffers *b, sfm_buffer_kind kind, int32_t group);

/* Place the points, and copy them from buffers that have them. */
void sfm_buffers_place(const sfm_buffers *b, const sfm_fmm *f,
                       const sfm_point_sets *points);
void sfm_buffers_copy_points(const sfm_buffers *to, const sfm_buffers *from,
                             const sfm_fmm *f);

#endif
