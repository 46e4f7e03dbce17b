/* SPDX-License-Identifier: BSD-3-Clause */
/* Monotonic time in seconds. */
#ifndef SFM_CLOCK_H
#define SFM_CLOCK_H

#include <time.h>

static inline double sfm_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#endif
