/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/test.h"

#include "tests/support/boxes.h"
#include "tests/support/points.h"
#include "tree/morton.h"
#include "tree/tree.h"

#define SEED 20240607u

/* A random key of a random level. */
static sfm_key random_key(uint64_t *state)
{
    int level = (int)(sfm_test_next(state) % (SFM_MAX_DEPTH + 1));
    sfm_key top = (sfm_key)1 << 3 * level;
    return top | (sfm_test_next(state) & (top - 1));
}

SFM_CASE(encode_and_decode_agree_with_boxes)
{
    uint64_t state = SEED;
    for (int i = 0; i < 20000; i++) {
        sfm_key key = random_key(&state);
        sfm_test_box box = sfm_test_box_of(key);
        int level;
        uint32_t anchor[3];
        sfm_key_decode(key, &level, anchor);
        CHECKF(level == box.level, "seed %u key %#llx", SEED, (unsigned long long)key);
        CHECK(sfm_key_level(key) == level);
        for (int d = 0; d < 3; d++)
            CHECKF((int64_t)anchor[d] << (SFM_MAX_DEPTH - level) == box.lo[d],
                   "seed %u key %#llx dim %d", SEED, (unsigned long long)key, d);
        CHECK(sfm_key_encode(level, anchor) == key);
    }
}

SFM_CASE(extreme_keys)
{
    const uint32_t zero[3] = {0, 0, 0}, last[3] = {0x1fffff, 0x1fffff, 0x1fffff};
    CHECK(sfm_key_encode(0, zero) == 1);
    CHECK(sfm_key_encode(SFM_MAX_DEPTH, zero) == (sfm_key)1 << 63);
    CHECK(sfm_key_encode(SFM_MAX_DEPTH, last) == UINT64_MAX);
    CHECK(sfm_key_level(1) == 0 && sfm_key_level(UINT64_MAX) == SFM_MAX_DEPTH);
}

SFM_CASE(children_lie_in_their_octant)
{
    uint64_t state = SEED;
    for (int i = 0; i < 2000; i++) {
        sfm_key key = random_key(&state);
        if (sfm_key_level(key) == 0) continue;
        sfm_test_box box = sfm_test_box_of(key), parent = sfm_test_box_of(key >> 3);
        CHECK(sfm_test_box_inside(&box, &parent));
        for (int d = 0; d < 3; d++)
            CHECK((box.lo[d] > parent.lo[d]) == (sfm_key_octant(key) >> d & 1));
    }
}

SFM_CASE(octants_are_counted)
{
    for (unsigned mask = 0; mask < 256; mask++) {
        int n = 0;
        for (int o = 0; o < 8; o++) n += (int)(mask >> o & 1);
        CHECKF(sfm_count_octants(mask) == n, "%#x: %d", mask, sfm_count_octants(mask));
    }
}

SFM_CASE(centres_are_exact)
{
    uint64_t state = SEED;
    const double cells = 1 << (SFM_MAX_DEPTH - 1); /* along the root's half side */
    for (int i = 0; i < 5000; i++) {
        sfm_key key = random_key(&state);
        sfm_test_box box = sfm_test_box_of(key);
        double centre[3];
        sfm_tree_centre(key, centre);
        for (int d = 0; d < 3; d++)
            CHECK(centre[d] == 0.5 * (double)(box.lo[d] + box.hi[d]) / cells - 1);
    }
}

SFM_MAIN()
