/* SPDX-License-Identifier: BSD-3-Clause */
/* Shared loops: every part once, whoever helps, whenever. */
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/threads.h"
#include "tests/support/test.h"

#define MANY 3000

static atomic_int times[MANY];

static void mark(void *arg, int part)
{
    (void)arg;
    atomic_fetch_add(&times[part], 1);
}

/* Did every part of a loop over n run once, and no other? */
static int each_once(sfm_team *team, int n)
{
    int wrong = 0;
    for (int i = 0; i < MANY; i++) atomic_store(&times[i], 0);
    sfm_team_run(team, n, mark, NULL);
    for (int i = 0; i < MANY; i++) wrong += atomic_load(&times[i]) != (i < n);
    return wrong == 0;
}

SFM_CASE(parts_run_once)
{
    const int sizes[] = {1, 2, 3, 7}, parts[] = {0, 1, 2, 5, MANY};
    for (int s = 0; s < 4; s++) {
        sfm_threads threads;
        sfm_threads_start(&threads, sizes[s]);
        CHECK(sfm_team_size(&threads.team) == sizes[s]);
        for (int repeat = 0; repeat < 50; repeat++)
            for (int p = 0; p < 5; p++)
                CHECKF(each_once(&threads.team, parts[p]), "%d threads, %d parts", sizes[s],
                       parts[p]);
        sfm_threads_stop(&threads);
    }
    CHECK(each_once(NULL, MANY));
}

/* ---- helpers that come late, or not ------------------------------------------------- */

static sfm_region *kept[64];
static int n_kept;

static int keep(sfm_team *team, sfm_region *region)
{
    (void)team;
    kept[n_kept++] = region;
    kept[n_kept++] = region;
    return 2; /* of three */
}

static int refuse(sfm_team *team, sfm_region *region)
{
    (void)team;
    (void)region;
    return 0;
}

SFM_CASE(late_help_finds_nothing)
{
    sfm_team team = {4, keep};
    n_kept = 0;
    for (int i = 0; i < 10; i++) CHECK(each_once(&team, 100));
    for (int i = 0; i < MANY; i++) atomic_store(&times[i], 0);
    for (int i = 0; i < n_kept; i++) sfm_region_help(kept[i]);
    for (int i = 0; i < MANY; i++) CHECK(atomic_load(&times[i]) == 0);
}

SFM_CASE(no_help_is_no_harm)
{
    sfm_team team = {4, refuse};
    CHECK(each_once(&team, 100));
    sfm_threads threads;
    sfm_threads_start(&threads, 3);
    sfm_alloc_fail_after(1);
    CHECK(each_once(&threads.team, 100));
    sfm_alloc_fail_after(0);
    sfm_threads_stop(&threads);
    sfm_alloc_fail_after(1);
    sfm_threads_start(&threads, 3);
    sfm_alloc_fail_after(0);
    CHECK(sfm_team_size(&threads.team) == 1 && each_once(&threads.team, 100));
    sfm_threads_stop(&threads);
}

/* ---- part by part ---------------------------------------------------------------------
 */

static atomic_int inside, together;

static void meet(void *arg, int part)
{
    (void)arg;
    (void)part;
    atomic_fetch_add(&inside, 1);
    for (int i = 0; i < 5000 && !atomic_load(&together); i++) {
        if (atomic_load(&inside) > 1) atomic_store(&together, 1);
        usleep(1000);
    }
    atomic_fetch_sub(&inside, 1);
}

SFM_CASE(threads_work_at_the_same_time)
{
    sfm_threads threads;
    sfm_threads_start(&threads, 2);
    sfm_team_run(&threads.team, 2, meet, NULL);
    CHECK(atomic_load(&together));
    sfm_threads_stop(&threads);
}

SFM_CASE(items_are_cut_without_gaps)
{
    const size_t items[] = {0, 1, 7, 1000, 4294967294u};
    for (int n = 1; n < 70; n += 3)
        for (int k = 0; k < 5; k++) {
            CHECK(sfm_part_begin(items[k], n, 0) == 0);
            CHECK(sfm_part_begin(items[k], n, n) == items[k]);
            for (int p = 0; p < n; p++) {
                size_t length =
                    sfm_part_begin(items[k], n, p + 1) - sfm_part_begin(items[k], n, p);
                CHECKF(length <= items[k] / (size_t)n + (size_t)n, "%zu in %d", length, n);
            }
        }
    sfm_team team = {4, refuse};
    CHECK(sfm_team_parts(NULL, 1000, 1) == 1 && sfm_team_parts(&team, 0, 10) == 1);
    CHECK(sfm_team_parts(&team, 29, 10) == 2 && sfm_team_parts(&team, 1000000, 10) <= 64);
}

SFM_CASE(the_hosts_signal_mask_is_left_alone)
{
    sigset_t before, after;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    sigaddset(&before, SIGUSR1);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    sfm_threads threads;
    sfm_threads_start(&threads, 2);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    CHECK(sigismember(&after, SIGUSR1) == 1 && sigismember(&after, SIGTERM) == 0);
    sfm_threads_stop(&threads);
}

SFM_MAIN()
