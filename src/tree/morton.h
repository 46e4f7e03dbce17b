/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Morton keys that hold anchor and level in 64 bits: the interleaved bits of the anchor
 * (3 per level, x lowest: octant = x | y << 1 | z << 2), with a 1 above them.  The root is
 * 1; the children of k are 8 k ... 8 k + 7; the parent of k is k / 8.  Within a level,
 * order of keys is Morton order.  21 levels fill the word.
 */
#ifndef SFM_MORTON_H
#define SFM_MORTON_H

#include <stdint.h>

#define SFM_MAX_DEPTH 21

typedef uint64_t sfm_key;

/* Bits 0, 3, 6, ... 60: the x bits of a key; << 1 the y bits, << 2 the z bits. */
#define SFM_EVERY_THIRD_BIT ((uint64_t)0x1249249249249249u)

/* Level of a key (key != 0). */
static inline int sfm_key_level(sfm_key key)
{
    return (63 - __builtin_clzll(key)) / 3;
}

/* Which of its parent's octants a node is. */
static inline int sfm_key_octant(sfm_key key)
{
    return (int)(key & 7);
}

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

/* Key of the node of `level` with an integer anchor, in sides of a node of that level. */
static inline sfm_key sfm_key_encode(int level, const uint32_t anchor[3])
{
    return (sfm_key)1 << 3 * level | sfm_spread(anchor[0]) | sfm_spread(anchor[1]) << 1 |
           sfm_spread(anchor[2]) << 2;
}

void sfm_key_decode(sfm_key key, int *level, uint32_t anchor[3]);

/* Octants in a mask (bit o: octant o), without a call where the CPU's own count is not
 * assumed. */
static inline int sfm_count_octants(unsigned mask)
{
    mask -= mask >> 1 & 0x55;
    mask = (mask & 0x33) + (mask >> 2 & 0x33);
    return (int)((mask + (mask >> 4)) & 0xf);
}

#endif
