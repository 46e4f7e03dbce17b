/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/checksum.h"

#include <string.h>

#include "tests/support/test.h"

#define SIZE 75 /* two rounds of four words, a word and a rest */

static void fill(unsigned char *data, size_t size)
{
    for (size_t i = 0; i < size; i++) data[i] = (unsigned char)(i * 37 + 11);
}

SFM_CASE(every_single_bit_counts)
{
    unsigned char data[SIZE];
    fill(data, SIZE);
    uint64_t whole = sfm_checksum(data, SIZE, 0);
    for (size_t bit = 0; bit < 8 * SIZE; bit++) {
        data[bit / 8] ^= (unsigned char)(1u << bit % 8);
        CHECKF(sfm_checksum(data, SIZE, 0) != whole, "bit %zu", bit);
        data[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    CHECK(sfm_checksum(data, SIZE, 0) == whole);
}

SFM_CASE(size_and_seed_count)
{
    unsigned char zeros[SIZE] = {0};
    uint64_t seen[SIZE + 1];
    for (size_t n = 0; n <= SIZE; n++) {
        seen[n] = sfm_checksum(zeros, n, 0);
        CHECK(sfm_checksum(zeros, n, 1) != seen[n]);
        for (size_t i = 0; i < n; i++) CHECKF(seen[i] != seen[n], "%zu, %zu zeros", i, n);
    }
}

/* Words that change places: in the same lane, in neighbouring lanes, in the rest. */
SFM_CASE(order_counts)
{
    unsigned char data[SIZE], moved[SIZE];
    static const size_t pairs[][2] = {{0, 32}, {0, 8}, {24, 56}, {64, 0}, {72, 73}};
    fill(data, SIZE);
    for (int i = 0; i < 5; i++) {
        size_t length = i == 4 ? 1 : 8;
        memcpy(moved, data, SIZE);
        memcpy(moved + pairs[i][0], data + pairs[i][1], length);
        memcpy(moved + pairs[i][1], data + pairs[i][0], length);
        CHECKF(sfm_checksum(moved, SIZE, 0) != sfm_checksum(data, SIZE, 0), "pair %d", i);
    }
}

SFM_CASE(alignment_does_not_count)
{
    unsigned char data[SIZE + 8];
    fill(data, SIZE);
    uint64_t sum = sfm_checksum(data, SIZE, 5);
    for (size_t shift = 1; shift < 8; shift++) {
        memmove(data + shift, data + shift - 1, SIZE);
        CHECKF(sfm_checksum(data + shift, SIZE, 5) == sum, "shift %zu", shift);
    }
}

SFM_MAIN()
