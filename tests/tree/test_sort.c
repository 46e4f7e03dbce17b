/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/test.h"

#include "base/memory.h"
#include "tests/support/points.h"
#include "tree/cube.h"
#include "tree/sort.h"

typedef struct item {
    sfm_key key;
    uint32_t index;
} item;

static int compare(const void *a, const void *b)
{
    const item *p = a, *q = b;
    if (p->key != q->key) return p->key < q->key ? -1 : 1;
    return p->index < q->index ? -1 : 1;
}

/* Sort keys and compare with qsort, which gets the positions as second key. */
static int sorts_like_qsort(size_t n, sfm_key *key)
{
    item *expected = malloc((n + 1) * sizeof *expected);
    uint32_t *index = malloc((n + 1) * sizeof *index);
    for (size_t i = 0; i < n; i++) expected[i] = (item){key[i], (uint32_t)i};
    qsort(expected, n, sizeof *expected, compare);
    CHECK_OK(sfm_sort_keys(NULL, n, key, index));
    size_t same = 0;
    while (same < n && key[same] == expected[same].key &&
           index[same] == expected[same].index)
        same++;
    free(expected);
    free(index);
    return same == n;
}

SFM_CASE(keys_of_every_kind_of_points)
{
    const size_t sizes[] = {0, 1, 2, 24, 25, 1023, 1024, 30000};
    for (int k = 0; k < sfm_test_n_kinds; k++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            double *x = sfm_test_points(sfm_test_kinds[k], sizes[s], 5);
            sfm_key *key = malloc((sizes[s] + 1) * sizeof *key);
            sfm_cube cube = sfm_cube_around(NULL, sizes[s], x, 0, NULL);
            sfm_cube_keys(NULL, &cube, sizes[s], x, key);
            CHECKF(sorts_like_qsort(sizes[s], key), "%s, n = %zu, seed 5",
                   sfm_test_kinds[k], sizes[s]);
            free(x);
            free(key);
        }
}

/* Runs that share their digits from each end, and keys that differ in one bit only. */
SFM_CASE(shared_digits)
{
    uint64_t state = 11;
    const size_t n = 5000;
    sfm_key *key = malloc(n * sizeof *key);
    for (int bits = 0; bits <= 63; bits++)
        for (int low = 0; low < 2; low++) {
            sfm_key mask = bits == 0 ? 0 : UINT64_MAX >> (64 - bits);
            if (!low) mask = mask << (63 - bits) & (UINT64_MAX >> 1);
            for (size_t i = 0; i < n; i++)
                key[i] = (sfm_key)1 << 63 | (sfm_test_next(&state) & mask);
            CHECKF(sorts_like_qsort(n, key), "%d random bits, low %d", bits, low);
        }
    free(key);
}

SFM_CASE(memory_failure)
{
    sfm_key key[1] = {1};
    uint32_t index[1];
    for (long k = 1; k <= 2; k++) {
        sfm_alloc_fail_after(k);
        starfmm_status status = sfm_sort_keys(NULL, 1, key, index);
        sfm_alloc_fail_after(0);
        CHECK_STATUS(STARFMM_ENOMEM, status);
    }
}

SFM_MAIN()
