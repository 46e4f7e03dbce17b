/* SPDX-License-Identifier: BSD-3-Clause */
/* Bit arithmetic of keys and octant masks, inline for the loops over points and nodes. */
#ifndef SFM_BITS_H
#define SFM_BITS_H

#include <stdint.h>

#include "tree/morton.h"

/* Bits 0, 3, 6, ... 60: the x bits of a key; << 1 the y bits, << 2 the z bits. */
#define SFM_EVERY_THIRD_BIT ((uint64_t)0x1249249249249249u)

/* Bit i of v (i < 21) moved to bit 3 i: five times, the upper half of every block of bits
 * moves up to twice its distance. */
static inline uint64_t sfm_spread(uint32_t v)
{
    uint64_t w = v;
    w = (w | w << 32) & 0x1f00000000ffffu;
    w = (w | w << 16) & 0x1f0000ff0000ffu;
    w = (w | w << 8) & 0x100f00f00f00f00fu;
    w = (w | w << 4) & 0x10c30c30c30c30c3u;
    return (w | w << 2) & SFM_EVERY_THIRD_BIT;
}

static inline uint64_t sfm_interleave(uint32_t x, uint32_t y, uint32_t z)
{
    return sfm_spread(x) | sfm_spread(y) << 1 | sfm_spread(z) << 2;
}

/* Bits set in an octant mask, without a call where the CPU's own count is not assumed. */
static inline int sfm_count_octants(unsigned mask)
{
    mask -= mask >> 1 & 0x55;
    mask = (mask & 0x33) + (mask >> 2 & 0x33);
    return (int)((mask + (mask >> 4)) & 0xf);
}

#endif
