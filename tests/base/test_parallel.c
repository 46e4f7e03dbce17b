/* SPDX-License-Identifier: BSD-3-Clause */
/* Shared loops: every item once, whoever helps, whenever. */
#include <stdatomic.h>
#include <unistd.h>

#include "base/memory.h"
#include "tests/support/helpers.h"
#include "tests/support/test.h"

#define MANY 3000

static atomic_int times[MANY];
static atomic_size_t longest;

static void count_items(void *arg, size_t begin, size_t end)
{
    (void)arg;
    for (size_t i = begin; i < end; i++) atomic_fetch_add(&times[i], 1);
    size_t seen = atomic_load(&longest);
    while (end - begin > seen &&
           !atomic_compare_exchange_weak(&longest, &seen, end - begin))
        continue;
}

/* How many items of a loop over n were not met once, or of the others at all. */
static int miscounted(sfm_helpers *helpers, size_t n, size_t grain)
{
    int wrong = 0;
    for (int i = 0; i < MANY; i++) atomic_store(&times[i], 0);
    atomic_store(&longest, 0);
    sfm_parallel_for(helpers, n, grain, count_items, NULL);
    for (size_t i = 0; i < MANY; i++) wrong += atomic_load(&times[i]) != (i < n);
    return wrong;
}

SFM_CASE(items_are_met_once)
{
    const int sizes[] = {1, 2, 3, 7};
    const size_t counts[] = {0, 1, 2, 5, 999, MANY}, grains[] = {1, 3, 1000, 5000};
    for (int s = 0; s < 4; s++) {
        sfm_test_helpers t;
        sfm_test_helpers_open(&t, sizes[s]);
        for (int repeat = 0; repeat < 10; repeat++)
            for (int c = 0; c < 6; c++)
                for (int g = 0; g < 4; g++) {
                    int wrong = miscounted(&t.helpers, counts[c], grains[g]);
                    CHECKF(wrong == 0, "%d threads, %zu by %zu: %d wrong", sizes[s],
                           counts[c], grains[g], wrong);
                    size_t range = atomic_load(&longest);
                    CHECKF(sizes[s] == 1 || range <= grains[g], "a range of %zu, grain %zu",
                           range, grains[g]);
                }
        sfm_test_helpers_close(&t);
    }
    CHECK(miscounted(NULL, MANY, 7) == 0);
    CHECK(atomic_load(&longest) == MANY);
}

/* ---- helpers that come late, or not ------------------------------------------------- */

static sfm_loop *kept[64];
static int n_kept, n_asked;

static int keep_two(sfm_helpers *helpers, sfm_loop *loop, int count)
{
    (void)helpers;
    n_asked = count;
    kept[n_kept++] = loop;
    kept[n_kept++] = loop;
    return 2;
}

static int refuse(sfm_helpers *helpers, sfm_loop *loop, int count)
{
    (void)helpers;
    (void)loop;
    (void)count;
    return 0;
}

SFM_CASE(late_help_finds_nothing)
{
    sfm_helpers helpers = {4, keep_two};
    n_kept = 0;
    for (int i = 0; i < 10; i++) CHECK(miscounted(&helpers, 100, 1) == 0);
    for (int i = 0; i < MANY; i++) atomic_store(&times[i], 0);
    for (int i = 0; i < n_kept; i++) sfm_loop_help(kept[i]);
    for (int i = 0; i < MANY; i++) CHECK(atomic_load(&times[i]) == 0);
}

SFM_CASE(no_more_are_asked_than_there_is_work_for)
{
    sfm_helpers helpers = {9, keep_two};
    n_kept = 0;
    CHECK(miscounted(&helpers, 100, 1) == 0);
    CHECKF(n_asked == 8, "%d asked", n_asked);
    CHECK(miscounted(&helpers, 301, 100) == 0);
    CHECKF(n_asked == 3, "%d asked for 4 ranges", n_asked);
    for (int i = 0; i < n_kept; i++) sfm_loop_help(kept[i]);
}

SFM_CASE(no_help_is_no_harm)
{
    sfm_helpers helpers = {4, refuse};
    CHECK(miscounted(&helpers, 100, 1) == 0);
    sfm_alloc_fail_after(1);
    CHECK(miscounted(&helpers, 100, 1) == 0);
    sfm_alloc_fail_after(0);
}

/* ---- at the same time --------------------------------------------------------------- */

static atomic_int inside, together;

static void wait_for_another(void *arg, size_t begin, size_t end)
{
    (void)arg;
    (void)begin;
    (void)end;
    atomic_fetch_add(&inside, 1);
    for (int i = 0; i < 5000 && !atomic_load(&together); i++) {
        if (atomic_load(&inside) > 1) atomic_store(&together, 1);
        usleep(1000);
    }
    atomic_fetch_sub(&inside, 1);
}

SFM_CASE(threads_work_at_the_same_time)
{
    sfm_test_helpers t;
    sfm_test_helpers_open(&t, 2);
    sfm_parallel_for(&t.helpers, 2, 1, wait_for_another, NULL);
    CHECK(atomic_load(&together));
    sfm_test_helpers_close(&t);
}

SFM_MAIN()
