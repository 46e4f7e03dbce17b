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

/* Level of a key (key != 0). */
static inline int sfm_key_level(sfm_key key)
{
    return (63 - __builtin_clzll(key)) / 3;
}

static inline sfm_key sfm_key_parent(sfm_key key)
{
    return key >> 3;
}
static inline int sfm_key_octant(sfm_key key)
{
    return (int)(key & 7);
}

/* Key of the node of `level` with integer anchor (units of one node side of that level). */
sfm_key sfm_key_encode(int level, const uint32_t anchor[3]);
void sfm_key_decode(sfm_key key, int *level, uint32_t anchor[3]);

/* Two nodes of any levels touch: share a face, an edge, a corner, or overlap. */
int sfm_key_adjacent(sfm_key a, sfm_key b);

#endif
