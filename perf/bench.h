/* SPDX-License-Identifier: BSD-3-Clause */
/* What the benchmark programs share. */
#ifndef SFM_PERF_BENCH_H
#define SFM_PERF_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "base/real.h"
#include "base/blas.h"

#define BENCH_GEMM_SIZE 512
#define BENCH_GEMM_REPEATS 5

/* Time of this thread: what others run on the machine disturbs less. */
static inline double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The smaller of `best`, 0 being none yet, and the time since `begin`. */
static inline double bench_least(double best, double begin)
{
    double t = bench_now() - begin;
    return best == 0 || t < best ? t : best;
}

/* Cleared, and its pages are there before the clock starts. */
static inline void *bench_allocate(size_t count, size_t size)
{
    void *p = sfm_calloc(count, size);
    if (p == NULL) {
        fputs("out of memory\n", stderr);
        exit(1);
    }
    memset(p, 0, count * size);
    return p;
}

/* Flops a second of this thread in a large square matrix product. */
static inline double bench_gemm_rate(void)
{
    const size_t n = BENCH_GEMM_SIZE;
    real *a = bench_allocate(3 * n * n, sizeof *a);
    double best = 0;
    for (int i = 0; i < BENCH_GEMM_REPEATS; i++) {
        double begin = bench_now();
#if SFM_PRECISION == 64
        sfm_gemm_f64(0, 0, n, n, n, 1, a, n, a + n * n, n, 0, a + 2 * n * n, n);
#else
        sfm_gemm_f32(0, 0, n, n, n, 1, a, n, a + n * n, n, 0, a + 2 * n * n, n);
#endif
        best = bench_least(best, begin);
    }
    sfm_free(a);
    return 2.0 * (double)(n * n * n) / best;
}

#endif
