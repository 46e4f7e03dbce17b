/* SPDX-License-Identifier: BSD-3-Clause */
/* Blocks that are used again: which one is taken, and that contents are left alone. */
#include "base/pool.h"

#include <string.h>

#include "base/memory.h"
#include "tests/support/test.h"

#define MB ((size_t)1 << 20)

SFM_CASE(smallest_that_serves)
{
    sfm_pool pool = {NULL};
    sfm_block b[3], none = {0};
    const size_t bytes[3] = {4 * MB, MB, 2 * MB};
    char *memory[3];
    for (int i = 0; i < 3; i++) {
        b[i] = sfm_pool_take(&pool, bytes[i]);
        REQUIRE(b[i].memory != NULL);
        CHECK(b[i].bytes >= bytes[i] && sfm_block_serves(&b[i], bytes[i]));
        memset(b[i].memory, 7, b[i].bytes);
        memory[i] = b[i].memory;
    }
    for (int i = 0; i < 3; i++) sfm_pool_give(&pool, &b[i]);
    CHECK(b[0].memory == NULL && b[0].bytes == 0);
    sfm_pool_give(&pool, &none);
    /* Half, and a little more than the smallest has room for. */
    sfm_block small = sfm_pool_take(&pool, MB / 2),
              middle = sfm_pool_take(&pool, 3 * MB / 2);
    CHECK(small.memory == memory[1] && middle.memory == memory[2]);
    CHECK(small.memory[MB / 2] == 7);
    /* The last one is far too large for this. */
    sfm_block tiny = sfm_pool_take(&pool, 4096);
    CHECK(tiny.memory != NULL && tiny.memory != memory[0] && tiny.memory[100] == 0);
    sfm_block_free(&small);
    sfm_block_free(&middle);
    sfm_block_free(&tiny);
    sfm_pool_clear(&pool);
    CHECK(pool.first == NULL);
}

SFM_CASE(no_memory)
{
    sfm_pool pool = {NULL};
    sfm_block kept = sfm_pool_take(&pool, MB);
    sfm_pool_give(&pool, &kept);
    sfm_alloc_fail_after(1);
    sfm_block fresh = sfm_pool_take(&pool, 2 * MB), again = sfm_pool_take(&pool, MB);
    sfm_alloc_fail_after(0);
    CHECK(fresh.memory == NULL && fresh.bytes == 0);
    CHECK(again.memory != NULL);
    sfm_block_free(&again);
}

SFM_MAIN()
