/* SPDX-License-Identifier: BSD-3-Clause */
/* A list of kept blocks, each of which begins with its link; of those that serve the
 * smallest is taken. */
#include "base/pool.h"

#include "base/memory.h"

/* A block may be so many times larger than asked for. */
#define MOST_TOO_LARGE 4

typedef struct kept {
    struct kept *next;
    size_t bytes;
} kept;

int sfm_block_serves(const sfm_block *block, size_t bytes)
{
    return block->memory && block->bytes >= bytes && block->bytes / MOST_TOO_LARGE <= bytes;
}

void sfm_block_free(sfm_block *block)
{
    sfm_pages_free(block->memory, block->bytes);
    *block = (sfm_block){0};
}

sfm_block sfm_pool_take(sfm_pool *pool, size_t bytes)
{
    kept **best = NULL;
    for (kept **k = (kept **)&pool->first; *k; k = &(*k)->next)
        if (sfm_block_serves(&(sfm_block){(char *)*k, (*k)->bytes}, bytes) &&
            (!best || (*k)->bytes < (*best)->bytes))
            best = k;
    if (!best) { /* a little more: sizes vary, and what is not touched costs nothing */
        size_t room = bytes + bytes / 8 + sizeof(kept);
        sfm_block b = {sfm_pages_alloc(room), room};
        return b.memory ? b : (sfm_block){0};
    }
    kept *taken = *best;
    *best = taken->next;
    return (sfm_block){(char *)taken, taken->bytes};
}

void sfm_pool_give(sfm_pool *pool, sfm_block *block)
{
    kept *k = (kept *)block->memory;
    if (k) {
        *k = (kept){pool->first, block->bytes};
        pool->first = k;
    }
    *block = (sfm_block){0};
}

void sfm_pool_clear(sfm_pool *pool)
{
    while (pool->first) {
        kept *k = pool->first;
        pool->first = k->next;
        sfm_pages_free(k, k->bytes);
    }
}
