/* SPDX-License-Identifier: BSD-3-Clause */
/* A team of threads of its own, which live from start to stop. */
#ifndef SFM_THREADS_H
#define SFM_THREADS_H

#include <pthread.h>

#include "base/team.h"

typedef struct sfm_thread {
    struct sfm_threads *pool;
    pthread_t id;
    sfm_region *region; /* to help with next */
} sfm_thread;

typedef struct sfm_threads {
    sfm_team team;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t wake;
    int stop;
    sfm_thread *thread; /* [team.size - 1] */
} sfm_threads;

/* Up to `size` threads with the caller's; fewer, down to the caller alone, where the system
 * refuses them.  They inherit the caller's CPU affinity and receive no signals. */
void sfm_threads_start(sfm_threads *threads, int size);
void sfm_threads_stop(sfm_threads *threads);

#endif
