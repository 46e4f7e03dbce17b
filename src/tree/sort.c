/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Radix sort from the highest digit, stable.  A run that shares its higher digits is
 * scattered to the other pair of arrays and sorted there in turn, so that from the second
 * digit on the work stays in cache.  Digits are three levels of the tree wide, two in runs
 * that would leave most counters at zero; short runs are sorted by insertion; digits that
 * are the same in the whole run are skipped.
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

typedef struct pairs {
    sfm_key *key;
    uint32_t *index;
} pairs;

static pairs shifted(pairs p, size_t by)
{
    return (pairs){p.key + by, p.index + by};
}

static void copy(pairs to, pairs from, size_t n)
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

static unsigned value(sfm_key key, digit d)
{
    return (unsigned)(key >> d.shift) & ((1u << d.width) - 1);
}

/* place[v] = where the run of value v begins; returns whether all n share one value. */
static int count_digits(const sfm_key *key, size_t n, digit d, uint32_t place[MAX_DIGITS])
{
    memset(place, 0, sizeof *place << d.width);
    for (size_t i = 0; i < n; i++) place[value(key[i], d)]++;
    if (place[value(key[0], d)] == n) return 1;
    uint32_t sum = 0;
    for (int v = 0; v < 1 << d.width; v++) {
        uint32_t count = place[v];
        place[v] = sum;
        sum += count;
    }
    return 0;
}

static void scatter(pairs to, pairs from, size_t n, digit d, uint32_t place[MAX_DIGITS])
{
    for (size_t i = 0; i < n; i++) {
        uint32_t at = place[value(from.key[i], d)]++;
        to.key[at] = from.key[i];
        to.index[at] = from.index[i];
    }
}

/* Sort the n pairs of `from` by their lowest `bits` bits; the result goes to `from` if
 * stay, else to `other`. */
static void sort_run(pairs from, pairs other, size_t n, int bits, int stay)
{
    uint32_t place[MAX_DIGITS];
    digit d = first_digit(n, bits);
    if (n > SHORT_RUN)
        while (d.width > 0 && count_digits(from.key, n, d, place))
            d = first_digit(n, d.shift);
    if (n <= SHORT_RUN || d.width == 0) {
        if (n <= SHORT_RUN) insertion_sort(from, n);
        if (!stay) copy(other, from, n);
        return;
    }
    scatter(other, from, n, d, place); /* place[v] is now the end of run v */
    for (uint32_t v = 0, begin = 0; v < 1u << d.width; begin = place[v++])
        if (place[v] > begin)
            sort_run(shifted(other, begin), shifted(from, begin), place[v] - begin, d.shift,
                     !stay);
}

starfmm_status sfm_sort_keys(size_t n, sfm_key *key, uint32_t *index)
{
    pairs scratch = {sfm_alloc(n, sizeof *key), sfm_alloc(n, sizeof *index)};
    int ok = scratch.key != NULL && scratch.index != NULL;
    if (ok) {
        for (size_t i = 0; i < n; i++) index[i] = (uint32_t)i;
        sort_run((pairs){key, index}, scratch, n, KEY_BITS, 1);
    }
    sfm_free(scratch.key);
    sfm_free(scratch.index);
    return ok ? STARFMM_OK
              : sfm_fail(STARFMM_ENOMEM, "no memory to sort %zu point keys", n);
}
