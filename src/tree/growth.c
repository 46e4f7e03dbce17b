/* SPDX-License-Identifier: BSD-3-Clause */
#include "tree/growth.h"

#include <string.h>

#include "base/memory.h"

#define FIRST_CAPACITY 1024

static starfmm_status reserve_octants(sfm_growth *g)
{
    if (g->n + 8 <= g->capacity) return STARFMM_OK;
    if (g->n + 8 > INT32_MAX)
        return sfm_fail(STARFMM_ENOMEM, "the tree needs more than %d nodes", INT32_MAX);
    size_t capacity = g->capacity ? 2 * g->capacity : FIRST_CAPACITY;
    sfm_bud *bud = sfm_alloc(capacity, sizeof *bud);
    if (bud == NULL)
        return sfm_fail(STARFMM_ENOMEM, "no memory for a tree of %zu nodes", capacity);
    if (g->n) memcpy(bud, g->bud, g->n * sizeof *bud);
    sfm_free(g->bud);
    g->bud = bud;
    g->capacity = capacity;
    return STARFMM_OK;
}

static void append(sfm_growth *g, sfm_bud bud)
{
    int level = sfm_key_level(bud.key);
    bud.next = g->level_head[level];
    g->level_head[level] = (int32_t)g->n;
    g->bud[g->n++] = bud;
}

/* First place in a sorted run whose key is not below `key`. */
static uint32_t lower_bound(const sfm_key *sorted, sfm_run run, sfm_key key)
{
    while (run.begin < run.end) {
        uint32_t middle = run.begin + (run.end - run.begin) / 2;
        if (sorted[middle] < key)
            run.begin = middle + 1;
        else
            run.end = middle;
    }
    return run.begin;
}

/* Cut the run of one set at the octants: octant o gets [cut[o], cut[o + 1]). */
static void cut_run(const sfm_key *sorted, sfm_run run, sfm_key parent, uint32_t cut[9])
{
    int shift = 3 * (SFM_MAX_DEPTH - sfm_key_level(parent) - 1);
    cut[0] = run.begin;
    cut[8] = run.end;
    for (sfm_key o = 1; o < 8; o++)
        cut[o] =
            lower_bound(sorted, (sfm_run){cut[o - 1], run.end}, (parent << 3 | o) << shift);
}

starfmm_status sfm_growth_split(sfm_growth *g, int32_t node)
{
    SFM_TRY(reserve_octants(g));
    sfm_bud parent = g->bud[node];
    uint32_t cut[SFM_MAX_SETS][9];
    for (int s = 0; s < g->n_sets; s++)
        cut_run(g->key[s], parent.run[s], parent.key, cut[s]);
    g->bud[node].first_child = (int32_t)g->n;
    for (unsigned o = 0; o < 8; o++) {
        sfm_bud child = {.key = parent.key << 3 | o, .first_child = -1};
        int held = 0;
        for (int s = 0; s < g->n_sets; s++) {
            child.run[s] = (sfm_run){cut[s][o], cut[s][o + 1]};
            held |= cut[s][o + 1] > cut[s][o];
        }
        if (!held) continue;
        g->bud[node].octants |= (uint8_t)(1u << o);
        append(g, child);
    }
    return STARFMM_OK;
}

/* Points in one cell of the deepest level: no split can part them. */
static int in_one_cell(const sfm_growth *g, const sfm_run run[SFM_MAX_SETS])
{
    sfm_key first = 0;
    for (int s = 0; s < g->n_sets; s++) {
        if (run[s].end == run[s].begin) continue;
        if (first == 0) first = g->key[s][run[s].begin];
        if (g->key[s][run[s].begin] != first || g->key[s][run[s].end - 1] != first)
            return 0;
    }
    return 1;
}

static int overfull(const sfm_growth *g, int32_t node, int n_crit)
{
    const sfm_run *run = g->bud[node].run;
    for (int s = 0; s < g->n_sets; s++)
        if (run[s].end - run[s].begin > (uint32_t)n_crit) return !in_one_cell(g, run);
    return 0;
}

starfmm_status sfm_growth_start(sfm_growth *g, int n_crit, int max_depth)
{
    for (int l = 0; l <= SFM_MAX_DEPTH; l++) g->level_head[l] = -1;
    SFM_TRY(reserve_octants(g));
    sfm_bud root = {.key = 1, .first_child = -1};
    for (int s = 0; s < g->n_sets; s++) root.run[s].end = (uint32_t)g->n_points[s];
    append(g, root);
    for (int32_t i = 0; (size_t)i < g->n; i++)
        if (overfull(g, i, n_crit) && sfm_key_level(g->bud[i].key) < max_depth)
            SFM_TRY(sfm_growth_split(g, i));
    return STARFMM_OK;
}

void sfm_growth_free(sfm_growth *g)
{
    sfm_free(g->bud);
    *g = (sfm_growth){0};
}
