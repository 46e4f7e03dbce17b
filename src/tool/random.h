/* SPDX-License-Identifier: BSD-3-Clause */
/* Random numbers that are the same on every machine: xoshiro256++ seeded by splitmix64
 * (D. Blackman, S. Vigna, ACM Trans. Math. Softw. 47 (2021), public-domain algorithms). */
#ifndef TOOL_RANDOM_H
#define TOOL_RANDOM_H

#include <stdint.h>

#define TOOL_MAX_SEED 0x1p53 /* as a double holds all integers up to it */

typedef struct tool_random {
    uint64_t seed;
    uint64_t s[4]; /* the state */
} tool_random;

static inline uint64_t tool_splitmix(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Streams of one seed are independent: one for each array that is drawn. */
static inline tool_random tool_random_start(uint64_t seed, uint64_t stream)
{
    tool_random r = {.seed = seed};
    uint64_t state = stream;
    state = seed ^ tool_splitmix(&state);
    for (int i = 0; i < 4; i++) r.s[i] = tool_splitmix(&state);
    return r;
}

static inline uint64_t tool_rotate(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

static inline uint64_t tool_random_bits(tool_random *r)
{
    uint64_t *s = r->s, result = tool_rotate(s[0] + s[3], 23) + s[0], t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = tool_rotate(s[3], 45);
    return result;
}

/* Uniform in [0, 1). */
static inline double tool_random_unit(tool_random *r)
{
    return (double)(tool_random_bits(r) >> 11) * 0x1p-53;
}

#endif
