/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Four independent lanes of 8-byte words, each  lane = rotate(lane ^ word, 29) * odd  (a
 * bijection of the lane for every word and of the word for every lane, so that one changed
 * word always changes its lane), then the lanes, the rest and the size folded together.
 */
#include "base/checksum.h"

#define LANES 4
#define WORD sizeof(uint64_t)

/* Odd, with no structure in the bits: 2^64 / golden ratio. */
static const uint64_t multiplier = UINT64_C(0x9E3779B97F4A7C15);

static uint64_t load_word(const unsigned char *p, size_t n)
{
    uint64_t word = 0;
    for (size_t i = 0; i < n; i++) word |= (uint64_t)p[i] << (8 * i);
    return word;
}

static uint64_t mix(uint64_t lane, uint64_t word)
{
    lane ^= word;
    return (lane << 29 | lane >> 35) * multiplier;
}

uint64_t sfm_checksum(const void *data, size_t size, uint64_t seed)
{
    const unsigned char *p = data;
    uint64_t lane[LANES];
    size_t left = size;
    for (int l = 0; l < LANES; l++) lane[l] = mix(seed, (uint64_t)l + 1);
    for (; left >= LANES * WORD; left -= LANES * WORD, p += LANES * WORD)
        for (size_t l = 0; l < LANES; l++)
            lane[l] = mix(lane[l], load_word(p + l * WORD, WORD));
    uint64_t sum = mix(seed, size);
    for (int l = 0; l < LANES; l++) sum = mix(sum, lane[l]);
    for (; left > 0; left -= left < WORD ? left : WORD, p += WORD)
        sum = mix(sum, load_word(p, left < WORD ? left : WORD));
    /* The high bits have seen every low one by the products; bring them down once. */
    sum ^= sum >> 32;
    return sum * multiplier;
}
