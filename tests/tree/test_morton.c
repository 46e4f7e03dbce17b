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
    CHECK(sfm_key_adjacent(1, 1) && sfm_key_adjacent(1, UINT64_MAX));
    CHECK(!sfm_key_adjacent((sfm_key)1 << 63, UINT64_MAX));
}

SFM_CASE(children_lie_in_their_octant)
{
    uint64_t state = SEED;
    for (int i = 0; i < 2000; i++) {
        sfm_key key = random_key(&state);
        if (sfm_key_level(key) == 0) continue;
        sfm_test_box box = sfm_test_box_of(key),
                     parent = sfm_test_box_of(sfm_key_parent(key));
        CHECK(sfm_test_box_inside(&box, &parent));
        for (int d = 0; d < 3; d++)
            CHECK((box.lo[d] > parent.lo[d]) == (sfm_key_octant(key) >> d & 1));
    }
}

/* A key near `key`: one of its ancestors or their neighbourhood, refined at random. */
static sfm_key nearby_key(sfm_key key, uint64_t *state)
{
    int level, up = (int)(sfm_test_next(state) % 4);
    uint32_t anchor[3];
    sfm_key_decode(key, &level, anchor);
    for (int d = 0; d < 3; d++) {
        int64_t moved = (int64_t)anchor[d] + (int64_t)(sfm_test_next(state) % 7) - 3;
        int64_t last = ((int64_t)1 << level) - 1;
        anchor[d] = (uint32_t)(moved < 0 ? 0 : moved > last ? last : moved);
    }
    key = sfm_key_encode(level, anchor);
    return up <= level ? key >> 3 * up : key;
}

SFM_CASE(adjacency_agrees_with_boxes)
{
    uint64_t state = SEED;
    int n_adjacent = 0, n = 50000;
    for (int i = 0; i < n; i++) {
        sfm_key a = random_key(&state), b = nearby_key(a, &state);
        sfm_test_box box_a = sfm_test_box_of(a), box_b = sfm_test_box_of(b);
        int touch = sfm_test_boxes_touch(&box_a, &box_b);
        n_adjacent += touch;
        CHECKF(sfm_key_adjacent(a, b) == touch, "seed %u keys %#llx %#llx", SEED,
               (unsigned long long)a, (unsigned long long)b);
        CHECK(sfm_key_adjacent(b, a) == touch);
    }
    CHECKF(n_adjacent > n / 10 && n_adjacent < n * 9 / 10, "%d of %d", n_adjacent, n);
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
