/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A loop is a counter from which everybody who works on it takes the next range.  A helper
 * may come after the loop has ended: it finds no range left; so the loop lives until the
 * caller and all helpers that were asked have let it go.
 */
#include "base/parallel.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/memory.h"

struct sfm_loop {
    sfm_range_fn fn;
    void *arg;
    size_t n, grain;
    atomic_size_t next;   /* begin of the next range */
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t ended; /* done == n */
    size_t done;          /* items */
    size_t references;    /* of the caller and of helpers */
};

static void work_on_ranges(sfm_loop *loop)
{
    size_t done = 0, begin;
    while ((begin = atomic_fetch_add(&loop->next, loop->grain)) < loop->n) {
        size_t end = loop->n - begin > loop->grain ? begin + loop->grain : loop->n;
        loop->fn(loop->arg, begin, end);
        done += end - begin;
    }
    pthread_mutex_lock(&loop->lock);
    loop->done += done;
    if (done && loop->done == loop->n) pthread_cond_signal(&loop->ended);
    pthread_mutex_unlock(&loop->lock);
}

static void let_go(sfm_loop *loop, size_t references)
{
    pthread_mutex_lock(&loop->lock);
    size_t left = loop->references -= references;
    pthread_mutex_unlock(&loop->lock);
    if (left > 0) return;
    pthread_mutex_destroy(&loop->lock);
    pthread_cond_destroy(&loop->ended);
    sfm_free(loop);
}

void sfm_loop_help(sfm_loop *loop)
{
    work_on_ranges(loop);
    let_go(loop, 1);
}

void sfm_parallel_for(sfm_helpers *helpers, size_t n, size_t grain, sfm_range_fn fn,
                      void *arg)
{
    if (n == 0) return;
    size_t ranges = (n - 1) / grain + 1, size = sfm_helpers_size(helpers);
    size_t asked = (ranges < size ? ranges : size) - 1;
    sfm_loop *loop = asked > 0 ? sfm_alloc(1, sizeof *loop) : NULL;
    if (!loop) { /* also where memory is short: help is no must */
        fn(arg, 0, n);
        return;
    }
    *loop = (sfm_loop){fn, arg, n, grain, .references = 1 + asked};
    pthread_mutex_init(&loop->lock, NULL);
    pthread_cond_init(&loop->ended, NULL);
    size_t coming = (size_t)helpers->ask(helpers, loop, (int)asked);
    work_on_ranges(loop);
    pthread_mutex_lock(&loop->lock);
    while (loop->done < n) pthread_cond_wait(&loop->ended, &loop->lock);
    pthread_mutex_unlock(&loop->lock);
    let_go(loop, 1 + asked - coming);
}
