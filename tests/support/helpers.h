/* SPDX-License-Identifier: BSD-3-Clause */
/* Threads that share loops (base/parallel.h): new ones for every loop that asks. */
#ifndef SFM_TEST_HELPERS_H
#define SFM_TEST_HELPERS_H

#include <pthread.h>

#include "base/parallel.h"

#define SFM_TEST_THREADS 8

typedef struct sfm_test_helpers {
    sfm_helpers helpers;
    int n; /* threads that have not been joined */
    pthread_t thread[SFM_TEST_THREADS];
} sfm_test_helpers;

/* `size` threads with the caller's, at most SFM_TEST_THREADS. */
void sfm_test_helpers_open(sfm_test_helpers *t, int size);
/* Waits for the last ones. */
void sfm_test_helpers_close(sfm_test_helpers *t);

#endif
