/* SPDX-License-Identifier: BSD-3-Clause */
/* Large blocks that are used again: the kernel clears and maps a page at its first use,
 * which costs as much as copying it. */
#ifndef SFM_POOL_H
#define SFM_POOL_H

#include <stddef.h>

/* From sfm_pages_alloc; memory NULL: none. */
typedef struct sfm_block {
    char *memory;
    size_t bytes;
} sfm_block;

/* Blocks kept for later. */
typedef struct sfm_pool {
    void *first;
} sfm_pool;

/* Is the block large enough, and not far too large? */
int sfm_block_serves(const sfm_block *block, size_t bytes);
void sfm_block_free(sfm_block *block);

/* The smallest kept block that serves, its contents undefined, or else a new one with room
 * to spare.  No memory in it when that is short. */
sfm_block sfm_pool_take(sfm_pool *pool, size_t bytes);

/* Keep a block, which becomes empty. */
void sfm_pool_give(sfm_pool *pool, sfm_block *block);

/* Free what is kept. */
void sfm_pool_clear(sfm_pool *pool);

#endif
