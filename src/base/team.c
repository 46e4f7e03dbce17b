/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/team.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/memory.h"

#define PARTS_PER_THREAD 8

/* Outlives the loop: a helper may come late, finds no part, and the last one frees it. */
struct sfm_region {
    sfm_part_fn fn;
    void *arg;
    int n_parts;
    atomic_int next;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t ended;
    int done; /* parts that have returned */
    int references;
};

static sfm_region *region_create(int n_parts, sfm_part_fn fn, void *arg, int references)
{
    sfm_region *r = sfm_alloc(1, sizeof *r);
    if (!r) return NULL;
    r->fn = fn;
    r->arg = arg;
    r->n_parts = n_parts;
    r->done = 0;
    r->references = references;
    atomic_init(&r->next, 0);
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->ended, NULL);
    return r;
}

static void region_release(sfm_region *r, int references)
{
    pthread_mutex_lock(&r->lock);
    int left = r->references -= references;
    pthread_mutex_unlock(&r->lock);
    if (left > 0) return;
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->ended);
    sfm_free(r);
}

/* Run parts while there are any. */
static void work(sfm_region *r)
{
    int done = 0, part;
    while ((part = atomic_fetch_add(&r->next, 1)) < r->n_parts) {
        r->fn(r->arg, part);
        done++;
    }
    pthread_mutex_lock(&r->lock);
    r->done += done;
    if (done && r->done == r->n_parts) pthread_cond_signal(&r->ended);
    pthread_mutex_unlock(&r->lock);
}

void sfm_region_help(sfm_region *r)
{
    work(r);
    region_release(r, 1);
}

void sfm_team_run(sfm_team *team, int n_parts, sfm_part_fn fn, void *arg)
{
    sfm_region *r = NULL;
    if (sfm_team_size(team) > 1 && n_parts > 1)
        r = region_create(n_parts, fn, arg, team->size);
    if (!r) { /* also where memory is short: help is no must */
        for (int part = 0; part < n_parts; part++) fn(arg, part);
        return;
    }
    int absent = team->size - 1 - team->invite(team, r);
    work(r);
    pthread_mutex_lock(&r->lock);
    while (r->done < n_parts) pthread_cond_wait(&r->ended, &r->lock);
    pthread_mutex_unlock(&r->lock);
    region_release(r, 1 + absent);
}

int sfm_team_parts(const sfm_team *team, size_t n, size_t grain)
{
    size_t most = (size_t)sfm_team_size(team) * PARTS_PER_THREAD, parts = n / grain;
    if (sfm_team_size(team) == 1 || parts < 1) return 1;
    return (int)(parts < most ? parts : most);
}
