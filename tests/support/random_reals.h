/* SPDX-License-Identifier: BSD-3-Clause */
/* Random numbers in [-1, 1) for the tests of one precision.  Header only. */
#ifndef SFM_TEST_RANDOM_REALS_H
#define SFM_TEST_RANDOM_REALS_H

#include <stdint.h>

#include "base/memory.h"
#include "base/real.h"

static inline double random_in_1(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) * 0x1p-53 * 2 - 1;
}

/* n of them, to be freed by sfm_free. */
static inline real *random_reals(size_t n, uint64_t seed)
{
    real *x = sfm_alloc(n, sizeof *x);
    for (size_t i = 0; i < n; i++) x[i] = (real)random_in_1(&seed);
    return x;
}

#endif
