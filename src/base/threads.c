/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/threads.h"

#include <signal.h>

#include "base/memory.h"

static sfm_region *take(sfm_thread *t)
{
    sfm_threads *pool = t->pool;
    pthread_mutex_lock(&pool->lock);
    while (!t->region && !pool->stop) pthread_cond_wait(&pool->wake, &pool->lock);
    sfm_region *region = t->region;
    t->region = NULL;
    pthread_mutex_unlock(&pool->lock);
    return region;
}

static void *run(void *thread)
{
    sfm_region *region;
    while ((region = take(thread))) sfm_region_help(region);
    return NULL;
}

static int invite(sfm_team *team, sfm_region *region)
{
    sfm_threads *pool = (sfm_threads *)team;
    int n = 0;
    pthread_mutex_lock(&pool->lock);
    for (int i = 0; i < team->size - 1; i++) {
        sfm_thread *t = &pool->thread[i];
        if (t->region) continue; /* it has not come to the last loop yet */
        t->region = region;
        n++;
    }
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    return n;
}

void sfm_threads_start(sfm_threads *threads, int size)
{
    *threads = (sfm_threads){.team = {1, invite}};
    pthread_mutex_init(&threads->lock, NULL);
    pthread_cond_init(&threads->wake, NULL);
    threads->thread = size > 1 ? sfm_calloc((size_t)size - 1, sizeof(sfm_thread)) : NULL;
    sigset_t all, before;
    sigfillset(&all);
    /* Threads inherit the mask, so that the host's handlers run on his threads only. */
    if (!threads->thread || pthread_sigmask(SIG_SETMASK, &all, &before) != 0) return;
    for (int i = 0; i < size - 1; i++) {
        threads->thread[i].pool = threads;
        if (pthread_create(&threads->thread[i].id, NULL, run, &threads->thread[i]) != 0)
            break;
        threads->team.size++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void sfm_threads_stop(sfm_threads *threads)
{
    pthread_mutex_lock(&threads->lock);
    threads->stop = 1;
    pthread_cond_broadcast(&threads->wake);
    pthread_mutex_unlock(&threads->lock);
    for (int i = 0; i < threads->team.size - 1; i++)
        pthread_join(threads->thread[i].id, NULL);
    sfm_free(threads->thread);
    pthread_mutex_destroy(&threads->lock);
    pthread_cond_destroy(&threads->wake);
}
