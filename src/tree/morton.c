/* SPDX-License-Identifier: BSD-3-Clause */
/* Bits of a key back to an anchor: the steps of sfm_spread undone, last first. */
#include "tree/morton.h"

void sfm_key_decode(sfm_key key, int *level, uint32_t anchor[3])
{
    *level = sfm_key_level(key);
    sfm_key bits = key ^ (sfm_key)1 << 3 * *level;
    for (int d = 0; d < 3; d++) {
        uint64_t v = bits >> d & SFM_EVERY_THIRD_BIT;
        v = (v ^ v >> 2) & 0x10c30c30c30c30c3u;
        v = (v ^ v >> 4) & 0x100f00f00f00f00fu;
        v = (v ^ v >> 8) & 0x1f0000ff0000ffu;
        v = (v ^ v >> 16) & 0x1f00000000ffffu;
        v = (v ^ v >> 32) & 0x1fffffu;
        anchor[d] = (uint32_t)v;
    }
}
