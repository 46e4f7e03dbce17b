/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * M2L works on synthetic grids: a box of parents in Morton order, all of them targets, and
 * one layer of source parents round it.  Which children exist is the caller's function of
 * the child's integer coordinates.  Header only, for tests and benchmark programs.
 */
#ifndef SFM_TEST_M2L_WORKS_H
#define SFM_TEST_M2L_WORKS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "schedule/m2l_work.h"

typedef struct work_shape {
    int size[3]; /* parents per dimension */
    int n_slots; /* source groups over which the sources are dealt, sibling sets whole */
    int (*has_source)(const void *data, int x, int y, int z);
    int (*has_target)(const void *data, int x, int y, int z);
    const void *data;
} work_shape;

/* Existence functions: everywhere; with probability 1/2 from a hash of the place; near a
 * sphere of radius and centre data[0] children. */
static inline int work_everywhere(const void *data, int x, int y, int z)
{
    (void)data, (void)x, (void)y, (void)z;
    return 1;
}

static inline int work_half(const void *data, int x, int y, int z)
{
    uint64_t h = *(const uint64_t *)data;
    const int c[3] = {x, y, z};
    for (int d = 0; d < 3; d++) {
        h = (h ^ (uint64_t)(c[d] + 1000)) * 0x9e3779b97f4a7c15u;
        h ^= h >> 29;
    }
    return (int)(h >> 40 & 1);
}

static inline int work_sphere(const void *data, int x, int y, int z)
{
    double radius = *(const double *)data, near = 0.0, far = 0.0;
    const int c[3] = {x, y, z};
    for (int d = 0; d < 3; d++) {
        double a = c[d] - radius, b = a + 1, lo = a * a < b * b ? a * a : b * b;
        near += a * b < 0 ? 0.0 : lo;
        far += a * a > b * b ? a * a : b * b;
    }
    double r = 0.98 * radius;
    return near <= r * r && far >= r * r;
}

static inline int work_bit(int (*has)(const void *, int, int, int), const void *data,
                           const int parent[3], int octant)
{
    return has(data, 2 * parent[0] + (octant & 1), 2 * parent[1] + (octant >> 1 & 1),
               2 * parent[2] + (octant >> 2));
}

static inline int32_t *work_ints(size_t n, int value)
{
    int32_t *p = malloc(n * sizeof *p);
    if (p == NULL) abort();
    for (size_t i = 0; i < n; i++) p[i] = value;
    return p;
}

/* Index of a parent of the box and its layer, -1 ... size, in `halo_at`. */
static inline size_t work_cell(const work_shape *s, const int c[3])
{
    return (size_t)(c[0] + 1) +
           (size_t)(s->size[0] + 2) *
               ((size_t)(c[1] + 1) + (size_t)(s->size[1] + 2) * (size_t)(c[2] + 1));
}

static inline void work_decode(uint64_t morton, int c[3])
{
    c[0] = c[1] = c[2] = 0;
    for (int bit = 0; bit < 20; bit++)
        for (int d = 0; d < 3; d++) c[d] |= (int)(morton >> (3 * bit + d) & 1) << bit;
}

/* Number of Morton codes of a cube that holds the box and its layer. */
static inline uint64_t work_codes(const work_shape *s)
{
    uint64_t side = 1;
    for (int d = 0; d < 3; d++)
        while (side < (uint64_t)s->size[d] + 2) side *= 2;
    return side * side * side;
}

static inline void work_add_source(sfm_m2l_work *w, const work_shape *s, const int c[3],
                                   int32_t *halo_at)
{
    int32_t slot = w->n_halo % w->n_slots, mask = 0;
    for (int o = 0; o < 8; o++)
        if (work_bit(s->has_source, s->data, c, o)) mask |= 1 << o;
    if (mask == 0) return;
    for (int o = 0; o < 8; o++) {
        int there = mask >> o & 1;
        w->halo_slot[8 * w->n_halo + o] = there ? slot : -1;
        w->halo_index[8 * w->n_halo + o] = there ? w->slot_nodes[slot]++ : -1;
    }
    w->halo_mask[w->n_halo] = (uint8_t)mask;
    halo_at[work_cell(s, c)] = w->n_halo++;
}

static inline void work_add_target(sfm_m2l_work *w, const work_shape *s, const int c[3],
                                   const int32_t *halo_at)
{
    int32_t p = w->n_parents, mask = 0;
    for (int o = 0; o < 8; o++)
        if (work_bit(s->has_target, s->data, c, o)) {
            mask |= 1 << o;
            w->trg_index[8 * p + o] = w->n_trg++;
        }
    if (mask == 0) return;
    w->trg_mask[p] = (uint8_t)mask;
    for (int d = 0; d < 27; d++) {
        const int n[3] = {c[0] + d % 3 - 1, c[1] + d / 3 % 3 - 1, c[2] + d / 9 - 1};
        if (d != 13) w->halo_of[27 * p + d] = halo_at[work_cell(s, n)];
    }
    w->n_parents++;
}

/* Offset source minus target of a pair of children, 1 when it is in V. */
static inline int work_offset(int direction, int source, int target, int o[3])
{
    int far = 0;
    const int d[3] = {direction % 3 - 1, direction / 3 % 3 - 1, direction / 9 - 1};
    for (int i = 0; i < 3; i++) {
        o[i] = 2 * d[i] + (source >> i & 1) - (target >> i & 1);
        far |= abs(o[i]) > 1;
    }
    return far;
}

/* (target, source) pairs of nodes in V. */
static inline double work_count_pairs(const sfm_m2l_work *w)
{
    double pairs = 0;
    int o[3];
    for (int32_t i = 0; i < 27 * w->n_parents; i++)
        for (int st = 0; st < 64; st++)
            if (w->halo_of[i] >= 0 && w->halo_mask[w->halo_of[i]] >> st / 8 & 1 &&
                w->trg_mask[i / 27] >> st % 8 & 1 && work_offset(i % 27, st / 8, st % 8, o))
                pairs += 1.0;
    return pairs;
}

static inline void work_build(sfm_m2l_work *w, const work_shape *s)
{
    size_t box = 1, cells = 1;
    uint64_t codes = work_codes(s);
    int c[3];
    memset(w, 0, sizeof *w);
    for (int d = 0; d < 3; d++) {
        box *= (size_t)s->size[d];
        cells *= (size_t)s->size[d] + 2;
    }
    w->n_slots = s->n_slots;
    w->slot_group = work_ints((size_t)s->n_slots, 0);
    w->slot_nodes = work_ints((size_t)s->n_slots, 0);
    w->trg_mask = calloc(box, 1);
    w->trg_index = work_ints(8 * box, -1);
    w->halo_of = work_ints(27 * box, -1);
    w->halo_mask = calloc(cells, 1);
    w->halo_slot = work_ints(8 * cells, -1);
    w->halo_index = work_ints(8 * cells, -1);
    int32_t *halo_at = work_ints(cells, -1);
    for (uint64_t m = 0; m < codes; m++) {
        work_decode(m, c);
        for (int d = 0; d < 3; d++) c[d]--;
        if (c[0] <= s->size[0] && c[1] <= s->size[1] && c[2] <= s->size[2])
            work_add_source(w, s, c, halo_at);
    }
    for (uint64_t m = 0; m < codes; m++) {
        work_decode(m, c);
        if (c[0] < s->size[0] && c[1] < s->size[1] && c[2] < s->size[2])
            work_add_target(w, s, c, halo_at);
    }
    free(halo_at);
}

static inline void work_free(sfm_m2l_work *w)
{
    void *all[] = {w->slot_group, w->slot_nodes, w->trg_mask,  w->trg_index,
                   w->halo_of,    w->halo_mask,  w->halo_slot, w->halo_index};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) free(all[i]);
}

#endif
