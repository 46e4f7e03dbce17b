/* SPDX-License-Identifier: BSD-3-Clause */
#include "tree/morton.h"

#include "tree/bits.h"

sfm_key sfm_key_encode(int level, const uint32_t anchor[3])
{
    return (sfm_key)1 << 3 * level | sfm_interleave(anchor[0], anchor[1], anchor[2]);
}

/* Every third bit of v, from bit 0, packed: undoes sfm_spread. */
static uint32_t pack(uint64_t v)
{
    v &= SFM_EVERY_THIRD_BIT;
    v = (v ^ v >> 2) & 0x10c30c30c30c30c3u;
    v = (v ^ v >> 4) & 0x100f00f00f00f00fu;
    v = (v ^ v >> 8) & 0x1f0000ff0000ffu;
    v = (v ^ v >> 16) & 0x1f00000000ffffu;
    v = (v ^ v >> 32) & 0x1fffffu;
    return (uint32_t)v;
}

void sfm_key_decode(sfm_key key, int *level, uint32_t anchor[3])
{
    *level = sfm_key_level(key);
    sfm_key bits = key ^ (sfm_key)1 << 3 * *level;
    for (int d = 0; d < 3; d++) anchor[d] = pack(bits >> d);
}

int sfm_key_adjacent(sfm_key a, sfm_key b)
{
    int coarse_level, fine_level;
    uint32_t coarse[3], fine[3];
    sfm_key_decode(a < b ? a : b, &coarse_level, coarse);
    sfm_key_decode(a < b ? b : a, &fine_level, fine);
    int shift = fine_level - coarse_level;
    for (int d = 0; d < 3; d++) {
        uint32_t lower = coarse[d] << shift, upper = (coarse[d] + 1) << shift;
        if (fine[d] + 1 < lower || fine[d] > upper) return 0;
    }
    return 1;
}
