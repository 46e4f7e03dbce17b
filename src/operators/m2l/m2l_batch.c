/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A batch's sources are the children of all halo parents that its target parents touch, each
 * once.  For every quartet of targets the source children around are tried against a table of
 * which target octants they are far from; the terms are then sorted by that mask into runs.
 */
#include "operators/m2l/m2l_batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/* A run of its own costs about as much as this many superfluous products: the end of a loop
 * is a branch that is often predicted wrongly. */
#define RUN_COST 4

/* Mark of halo parents whose children are not yet among the batch's sources. */
#define UNSEEN (-1)

int sfm_m2l_offset(int index, int o[3])
{
    o[0] = index % 7 - 3;
    o[1] = index / 7 % 7 - 3;
    o[2] = index / 49 - 3;
    return abs(o[0]) > 1 || abs(o[1]) > 1 || abs(o[2]) > 1;
}

/* For source octant s in direction d: the target octants that are not adjacent, and the
 * index of the offset to octant 0. */
typedef struct octant_pairs {
    uint8_t far[27][8];
    int32_t offset[27][8];
    /* [a][b]: the bits of b at the places of the ones of a, moved together. */
    uint8_t extract[16][16];
} octant_pairs;

/* A quartet before its terms are sorted by mask. */
typedef struct draft {
    const octant_pairs *g;
    unsigned targets, all; /* octants; a bit for every member */
    int32_t n;
    sfm_m2l_term term[SFM_M2L_MAX_TERMS + 1]; /* one more than are kept */
    uint8_t mask[SFM_M2L_MAX_TERMS + 1];      /* of members */
} draft;

size_t sfm_m2l_batch_max_sources(const sfm_m2l_work *work, int32_t n_parents)
{
    size_t touched = SFM_M2L_MAX_TERMS * (size_t)n_parents, all = 8 * (size_t)work->n_halo;
    return touched < all ? touched : all;
}

size_t sfm_m2l_batch_bytes(const sfm_m2l_work *work, int32_t n_parents)
{
    const sfm_m2l_batch *b = NULL;
    size_t quartets = 2 * (size_t)n_parents;
    return 2 * sfm_arena_bytes(sfm_m2l_batch_max_sources(work, n_parents),
                               sizeof(int32_t)) +
           sfm_arena_bytes(8 * (size_t)n_parents, sizeof *b->target_index) +
           sfm_arena_bytes(quartets, sizeof *b->quartet) +
           sfm_arena_bytes(quartets * SFM_M2L_MAX_RUNS, sizeof *b->run) +
           sfm_arena_bytes(quartets * SFM_M2L_MAX_TERMS, sizeof *b->term) +
           sfm_arena_bytes(8 * (size_t)work->n_halo, sizeof *b->source_of);
}

/* The arrays whose bytes are counted above. */
static void lay_out(sfm_m2l_batch *b, const sfm_m2l_work *work, int32_t n_parents,
                    void *memory)
{
    size_t quartets = 2 * (size_t)n_parents;
    size_t sources = sfm_m2l_batch_max_sources(work, n_parents);
    sfm_arena arena = {memory, 0, sfm_m2l_batch_bytes(work, n_parents)};
    memset(b, 0, sizeof *b);
    b->source_slot = sfm_arena_take(&arena, sources, sizeof *b->source_slot);
    b->source_index = sfm_arena_take(&arena, sources, sizeof *b->source_index);
    b->target_index =
        sfm_arena_take(&arena, 8 * (size_t)n_parents, sizeof *b->target_index);
    b->quartet = sfm_arena_take(&arena, quartets, sizeof *b->quartet);
    b->run = sfm_arena_take(&arena, quartets * SFM_M2L_MAX_RUNS, sizeof *b->run);
    b->term = sfm_arena_take(&arena, quartets * SFM_M2L_MAX_TERMS, sizeof *b->term);
    b->source_of = sfm_arena_take(&arena, 8 * (size_t)work->n_halo, sizeof *b->source_of);
}

/* Make the children of a halo parent sources of the batch, at its first use. */
static void add_sources(sfm_m2l_batch *b, const sfm_m2l_work *work, int32_t halo)
{
    int32_t *source = b->source_of + 8 * halo;
    if (source[0] != UNSEEN) return;
    for (int s = 0; s < 8; s++) {
        source[s] = 0;
        if (!(work->halo_mask[halo] >> s & 1)) continue;
        b->source_slot[b->n_sources] = work->halo_slot[8 * halo + s];
        b->source_index[b->n_sources] = work->halo_index[8 * halo + s];
        source[s] = b->n_sources++;
    }
}

static void fill_extract(octant_pairs *g)
{
    memset(g->extract, 0, sizeof g->extract);
    for (int a = 0; a < 16; a++)
        for (int b = 0; b < 16; b++)
            for (int bit = 0, to = 0; bit < 4; to += a >> bit++ & 1)
                if (a >> bit & 1) g->extract[a][b] |= (uint8_t)((b >> bit & 1) << to);
}

static void set_pairs(octant_pairs *g)
{
    fill_extract(g);
    for (int i = 0; i < 27 * 8; i++) {
        int d = i / 8, s = i % 8, far = 0;
        int o[3] = {2 * (d % 3 - 1) + (s & 1), 2 * (d / 3 % 3 - 1) + (s >> 1 & 1),
                    2 * (d / 9 - 1) + (s >> 2)};
        for (int t = 0; t < 8; t++)
            if (abs(o[0] - (t & 1)) > 1 || abs(o[1] - (t >> 1 & 1)) > 1 ||
                abs(o[2] - (t >> 2)) > 1)
                far |= 1 << t;
        g->far[d][s] = (uint8_t)far;
        g->offset[d][s] = sfm_m2l_offset_index(o);
    }
}

/* Terms of a quartet with the children of its parent's neighbour in direction d.  Which of
 * them exist and are far is as good as random, so each is written, and kept without a
 * branch. */
static void collect(const sfm_m2l_batch *b, const sfm_m2l_work *work, int d, int32_t halo,
                    draft *q)
{
    const octant_pairs *g = q->g;
    const int32_t *source = b->source_of + 8 * halo;
    const uint8_t *low = g->extract[q->targets & 15], *high = g->extract[q->targets >> 4];
    int32_t n = q->n, shift = __builtin_popcount(q->targets & 15);
    unsigned sources = work->halo_mask[halo];
    for (int s = 0; s < 8; s++) {
        int mask = low[g->far[d][s] & 15] | high[g->far[d][s] >> 4] << shift;
        q->mask[n] = (uint8_t)mask;
        q->term[n].source = source[s];
        q->term[n].offset = g->offset[d][s];
        n += mask != 0 && sources >> s & 1;
    }
    q->n = n;
}

/* Number of terms of each mask; a mask with few terms is widened to all members (the tables
 * of adjacent offsets are zero). */
static void count_masks(draft *q, uint16_t count[16])
{
    uint8_t all = (uint8_t)q->all, wide[16];
    memset(count, 0, 16 * sizeof *count);
    for (int32_t i = 0; i < q->n; i++) count[q->mask[i]]++;
    for (int m = 15; m > 0; m--) {
        int extra = __builtin_popcount(all) - __builtin_popcount((unsigned)m);
        wide[m] = count[m] * extra <= RUN_COST ? all : (uint8_t)m;
        if (wide[m] == m) continue;
        count[all] = (uint16_t)(count[all] + count[m]);
        count[m] = 0;
    }
    for (int32_t i = 0; i < q->n; i++) q->mask[i] = wide[q->mask[i]];
}

/* Append the terms, sorted by mask, to the batch. */
static void append_terms(sfm_m2l_batch *b, sfm_m2l_quartet *quartet, draft *q)
{
    uint16_t count[16];
    int32_t begin[16];
    count_masks(q, count);
    quartet->first_term = b->n_terms;
    quartet->first_run = b->n_runs;
    for (int mask = 15; mask > 0; mask--) {
        begin[mask] = b->n_terms;
        b->n_terms += count[mask];
        if (count[mask]) b->run[b->n_runs++] = (sfm_m2l_run){(uint16_t)mask, count[mask]};
    }
    quartet->n_runs = b->n_runs - quartet->first_run;
    for (int32_t i = 0; i < q->n; i++) b->term[begin[q->mask[i]]++] = q->term[i];
}

static void append_targets(sfm_m2l_batch *b, sfm_m2l_quartet *quartet,
                           const int32_t *trg_index, unsigned targets)
{
    memset(quartet, 0, sizeof *quartet);
    for (int t = 0; t < 8; t++) {
        const int i = quartet->n_targets, o[3] = {t & 1, t >> 1 & 1, t >> 2};
        if (!(targets >> t & 1)) continue;
        quartet->distance[i] = sfm_m2l_offset_index(o) - sfm_m2l_offset_index((int[3]){0});
        quartet->row[i] = b->n_targets;
        b->target_index[b->n_targets++] = trg_index[t];
        quartet->n_targets++;
    }
}

/* The quartet of the octants in `targets` (at most four) of a parent. */
static void build_quartet(sfm_m2l_batch *b, const sfm_m2l_work *work, const octant_pairs *g,
                          int32_t parent, unsigned targets)
{
    draft q;
    q.g = g;
    q.n = 0;
    q.targets = targets;
    q.all = (1u << __builtin_popcount(targets)) - 1;
    for (int d = 0; d < 27; d++) {
        int32_t halo = work->halo_of[27 * parent + d];
        if (halo < 0) continue;
        add_sources(b, work, halo);
        collect(b, work, d, halo, &q);
    }
    if (q.n == 0) return;
    sfm_m2l_quartet *quartet = &b->quartet[b->n_quartets++];
    append_targets(b, quartet, work->trg_index + 8 * parent, targets);
    append_terms(b, quartet, &q);
}

void sfm_m2l_batch_build(sfm_m2l_batch *batch, const sfm_m2l_work *work, int32_t first,
                         int32_t n_parents, void *memory)
{
    octant_pairs g;
    set_pairs(&g);
    lay_out(batch, work, n_parents, memory);
    for (size_t i = 0; i < 8 * (size_t)work->n_halo; i++) batch->source_of[i] = UNSEEN;
    for (int32_t p = first; p < first + n_parents; p++) {
        unsigned targets = work->trg_mask[p];
        if (__builtin_popcount(targets) <= SFM_M2L_QUARTET) {
            build_quartet(batch, work, &g, p, targets);
        } else {
            build_quartet(batch, work, &g, p, targets & 15);
            build_quartet(batch, work, &g, p, targets & 240);
        }
    }
}
