/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Radix sort from the highest digit, stable.  A run that shares its higher digits is
 * scattered to the other pair of arrays and sorted there in turn, so that from the second
 * digit on the work stays in cache.  Digits are three levels of the tree wide, two in runs
 * that would leave most counters at zero; short runs are sorted by insertion; digits that
 * are the same in the whole run are skipped.
 *
 * With helpers, a run too large for one thread is counted and scattered in blocks, and its
 * sub-runs are sorted side by side.  A stable sort has one result, whoever did the work.
 */
#include "tree/sort.h"

#include <string.h>

#include "base/memory.h"

#define KEY_BITS (3 * SFM_MAX_DEPTH) /* below the top bit */
#define WIDE_BITS 9
#define NARROW_BITS 6
#define LONG_RUN 1024 /* from here on wide digits */
#define SHORT_RUN 24  /* up to here insertion */
#define MAX_DIGITS (1 << WIDE_BITS)
#define BLOCKS_PER_THREAD 8 /* so that threads of unequal speed end together */

typedef struct pairs {
    sfm_key *key;
    uint32_t *index;
} pairs;

static pairs advance(pairs p, size_t by)
{
    return (pairs){p.key + by, p.index + by};
}

static void copy_pairs(pairs to, pairs from, size_t n)
{
    memcpy(to.key, from.key, n * sizeof *to.key);
    memcpy(to.index, from.index, n * sizeof *to.index);
}

static void insertion_sort(pairs p, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        sfm_key key = p.key[i];
        uint32_t index = p.index[i];
        size_t j = i;
        for (; j > 0 && p.key[j - 1] > key; j--) {
            p.key[j] = p.key[j - 1];
            p.index[j] = p.index[j - 1];
        }
        p.key[j] = key;
        p.index[j] = index;
    }
}

/* A digit: the `width` bits of a key from bit `shift` on. */
typedef struct digit {
    int shift, width;
} digit;

/* The highest digit of a run of n whose lowest `bits` bits are not sorted yet. */
static digit first_digit(size_t n, int bits)
{
    int width = n >= LONG_RUN ? WIDE_BITS : NARROW_BITS;
    if (width > bits) width = bits;
    return (digit){bits - width, width};
}

static unsigned value_of(sfm_key key, digit d)
{
    return (unsigned)(key >> d.shift) & ((1u << d.width) - 1);
}

/* next[v] = where the pairs of value v begin; returns whether all n share one value. */
static int count_values(const sfm_key *key, size_t n, digit d, uint32_t next[MAX_DIGITS])
{
    memset(next, 0, sizeof *next << d.width);
    for (size_t i = 0; i < n; i++) next[value_of(key[i], d)]++;
    if (next[value_of(key[0], d)] == n) return 1;
    uint32_t sum = 0;
    for (int v = 0; v < 1 << d.width; v++) {
        uint32_t count = next[v];
        next[v] = sum;
        sum += count;
    }
    return 0;
}

static void scatter_pairs(pairs to, pairs from, size_t n, digit d,
                          uint32_t next[MAX_DIGITS])
{
    for (size_t i = 0; i < n; i++) {
        uint32_t at = next[value_of(from.key[i], d)]++;
        to.key[at] = from.key[i];
        to.index[at] = from.index[i];
    }
}

/* Sort the n pairs of `from` by their lowest `bits` bits; the result goes to `from` if
 * stay, else to `other`. */
static void sort_run(pairs from, pairs other, size_t n, int bits, int stay)
{
    uint32_t next[MAX_DIGITS];
    digit d = first_digit(n, bits);
    if (n > SHORT_RUN)
        while (d.width > 0 && count_values(from.key, n, d, next))
            d = first_digit(n, d.shift);
    if (n <= SHORT_RUN || d.width == 0) {
        if (n <= SHORT_RUN) insertion_sort(from, n);
        if (!stay) copy_pairs(other, from, n);
        return;
    }
    scatter_pairs(other, from, n, d, next); /* next[v] is now the end of value v */
    for (uint32_t v = 0, begin = 0; v < 1u << d.width; begin = next[v++])
        if (next[v] > begin)
            sort_run(advance(other, begin), advance(from, begin), next[v] - begin, d.shift,
                     !stay);
}

/* ---- with helpers ------------------------------------------------------------------ */

/* A run that is counted and scattered in blocks. */
typedef struct shared_run {
    pairs from, other;
    size_t n, block, n_blocks; /* pairs of the run and of a block */
    digit d;
    int stay;
    uint32_t (*next)[MAX_DIGITS]; /* [n_blocks] of the block's pairs of a value */
    uint32_t begin[MAX_DIGITS + 1];
} shared_run;

static size_t block_begin(const shared_run *r, size_t block)
{
    return block < r->n_blocks ? block * r->block : r->n;
}

static void count_blocks(void *arg, size_t first, size_t end)
{
    shared_run *r = arg;
    for (size_t b = first; b < end; b++) {
        uint32_t *count = r->next[b];
        memset(count, 0, sizeof *count << r->d.width);
        for (size_t i = block_begin(r, b); i < block_begin(r, b + 1); i++)
            count[value_of(r->from.key[i], r->d)]++;
    }
}

static void scatter_blocks(void *arg, size_t first, size_t end)
{
    shared_run *r = arg;
    for (size_t b = first; b < end; b++) {
        size_t begin = block_begin(r, b);
        scatter_pairs(r->other, advance(r->from, begin), block_begin(r, b + 1) - begin,
                      r->d, r->next[b]);
    }
}

/* The sub-runs of values that are not longer than a block. */
static void sort_sub_runs(void *arg, size_t first, size_t end)
{
    shared_run *r = arg;
    for (size_t v = first; v < end; v++) {
        size_t begin = r->begin[v], n = r->begin[v + 1] - begin;
        if (n > 0 && n <= r->block)
            sort_run(advance(r->other, begin), advance(r->from, begin), n, r->d.shift,
                     !r->stay);
    }
}

/* Like sort_run; `next` is scratch of the blocks. */
static void sort_shared(sfm_helpers *helpers, shared_run r, int bits)
{
    size_t n_values, of_first;
    r.n_blocks = (r.n + r.block - 1) / r.block;
    r.d.shift = bits;
    do { /* skip digits that all share */
        r.d = first_digit(r.n, r.d.shift);
        if (r.d.width == 0) {
            if (!r.stay) copy_pairs(r.other, r.from, r.n);
            return;
        }
        n_values = (size_t)1 << r.d.width;
        sfm_parallel_for(helpers, r.n_blocks, 1, count_blocks, &r);
        uint32_t sum = 0; /* values in order, the blocks of a value in order */
        for (size_t v = 0; v < n_values; v++) {
            r.begin[v] = sum;
            for (size_t b = 0; b < r.n_blocks; b++) {
                uint32_t count = r.next[b][v];
                r.next[b][v] = sum;
                sum += count;
            }
        }
        r.begin[n_values] = sum;
        of_first = value_of(r.from.key[0], r.d);
    } while (r.begin[of_first + 1] - r.begin[of_first] == r.n);
    sfm_parallel_for(helpers, r.n_blocks, 1, scatter_blocks, &r);
    sfm_parallel_for(helpers, n_values, 1, sort_sub_runs, &r);
    for (size_t v = 0; v < n_values; v++) {
        shared_run sub = r;
        sub.n = r.begin[v + 1] - r.begin[v];
        if (sub.n <= r.block) continue;
        sub.from = advance(r.other, r.begin[v]);
        sub.other = advance(r.from, r.begin[v]);
        sub.stay = !r.stay;
        sort_shared(helpers, sub, r.d.shift);
    }
}

starfmm_status sfm_sort_keys(sfm_helpers *helpers, size_t n, sfm_key *key, uint32_t *index)
{
    size_t size = sfm_helpers_size(helpers);
    shared_run r = {.from = {key, index}, .n = n, .stay = 1};
    r.block = n / (size * BLOCKS_PER_THREAD) + 1;
    if (r.block < SFM_GRAIN_POINTS) r.block = SFM_GRAIN_POINTS;
    int shared = size > 1 && n > r.block;
    r.other = (pairs){sfm_alloc(n, sizeof *key), sfm_alloc(n, sizeof *index)};
    if (shared) r.next = sfm_alloc((n - 1) / r.block + 1, sizeof *r.next);
    starfmm_status status = STARFMM_OK;
    for (size_t i = 0; i < n; i++) index[i] = (uint32_t)i;
    if (!r.other.key || !r.other.index || (shared && !r.next))
        status = sfm_fail(STARFMM_ENOMEM, "no memory to sort %zu point keys", n);
    else if (shared)
        sort_shared(helpers, r, KEY_BITS);
    else
        sort_run(r.from, r.other, n, KEY_BITS, 1);
    sfm_free(r.next);
    sfm_free(r.other.key);
    sfm_free(r.other.index);
    return status;
}
