/* SPDX-License-Identifier: BSD-3-Clause */
/* Scratch memory of one task: a block handed out front to back, 64-byte aligned. */
#ifndef SFM_ARENA_H
#define SFM_ARENA_H

#include <assert.h>
#include <stddef.h>

#include "base/memory.h"

typedef struct sfm_arena {
    char *base;
    size_t used, size;
} sfm_arena;

/* Bytes that sfm_arena_take(count, size) uses: sum these to size an arena. */
static inline size_t sfm_arena_bytes(size_t count, size_t size)
{
    return (count * size + SFM_ALIGN - 1) / SFM_ALIGN * SFM_ALIGN;
}

static inline void *sfm_arena_take(sfm_arena *arena, size_t count, size_t size)
{
    void *p = arena->base + arena->used;
    arena->used += sfm_arena_bytes(count, size);
    assert(arena->used <= arena->size);
    return p;
}

#endif
