/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Splitting: the points of a node are a run of the sorted keys of each set, and those of an
 * octant a run within, found by bisection.  Nodes are split in order of creation, that is
 * level by level; an octant without points becomes no node.
 */
#include "tree/growth.h"

#include <string.h>

#include "base/memory.h"

#define FIRST_CAPACITY 1024

/* Room for eight nodes more. */
static starfmm_status reserve_octants(sfm_growth *g)
{
    if (g->n + 8 <= g->capacity) return STARFMM_OK;
    if (g->n + 8 > INT32_MAX)
        return sfm_fail(STARFMM_ENOMEM, "the tree needs more than %d nodes", INT32_MAX);
    size_t capacity = g->capacity ? 2 * g->capacity : FIRST_CAPACITY;
    sfm_growing_node *node = sfm_alloc(capacity, sizeof *node);
    if (node == NULL)
        return sfm_fail(STARFMM_ENOMEM, "no memory for a tree of %zu nodes", capacity);
    if (g->n) memcpy(node, g->node, g->n * sizeof *node);
    sfm_free(g->node);
    g->node = node;
    g->capacity = capacity;
    return STARFMM_OK;
}

static void append_node(sfm_growth *g, sfm_growing_node node)
{
    int level = sfm_key_level(node.key);
    node.next = g->level_head[level];
    g->level_head[level] = (int32_t)g->n;
    g->node[g->n++] = node;
}

/* Cut the run of one set at the octants: octant o gets [cut[o], cut[o + 1]). */
static void cut_run(const sfm_key *sorted, sfm_run run, sfm_key parent, uint32_t cut[9])
{
    int shift = 3 * (SFM_MAX_DEPTH - sfm_key_level(parent) - 1);
    cut[0] = run.begin;
    cut[8] = run.end;
    for (sfm_key o = 1; o < 8; o++) {
        sfm_key first = (parent << 3 | o) << shift; /* of the octant */
        uint32_t begin = cut[o - 1], end = run.end;
        while (begin < end) {
            uint32_t middle = begin + (end - begin) / 2;
            if (sorted[middle] < first)
                begin = middle + 1;
            else
                end = middle;
        }
        cut[o] = begin;
    }
}

starfmm_status sfm_growth_split(sfm_growth *g, int32_t node)
{
    SFM_TRY(reserve_octants(g));
    sfm_growing_node parent = g->node[node];
    uint32_t cut[SFM_MAX_SETS][9];
    for (int s = 0; s < g->n_sets; s++)
        cut_run(g->set[s].key, parent.run[s], parent.key, cut[s]);
    g->node[node].first_child = (int32_t)g->n;
    for (unsigned o = 0; o < 8; o++) {
        sfm_growing_node child = {.key = parent.key << 3 | o, .first_child = -1};
        int held = 0;
        for (int s = 0; s < g->n_sets; s++) {
            child.run[s] = (sfm_run){cut[s][o], cut[s][o + 1]};
            held |= cut[s][o + 1] > cut[s][o];
        }
        if (!held) continue;
        g->node[node].octants |= (uint8_t)(1u << o);
        append_node(g, child);
    }
    return STARFMM_OK;
}

/* More than n_crit points of a set, and not all points of both in one cell of the deepest
 * level, which no split can part. */
static int is_overfull(const sfm_growth *g, int32_t node, int n_crit)
{
    const sfm_run *run = g->node[node].run;
    int is_over = 0;
    sfm_key cell = 0;
    for (int s = 0; s < g->n_sets; s++)
        is_over |= run[s].end - run[s].begin > (uint32_t)n_crit;
    for (int s = 0; is_over && s < g->n_sets; s++) {
        const sfm_key *key = g->set[s].key;
        if (run[s].end == run[s].begin) continue;
        if (cell == 0) cell = key[run[s].begin];
        if (key[run[s].begin] != cell || key[run[s].end - 1] != cell) return 1;
    }
    return 0;
}

starfmm_status sfm_growth_start(sfm_growth *g, int n_crit, int max_depth)
{
    for (int l = 0; l <= SFM_MAX_DEPTH; l++) g->level_head[l] = -1;
    SFM_TRY(reserve_octants(g));
    sfm_growing_node root = {.key = 1, .first_child = -1};
    for (int s = 0; s < g->n_sets; s++) root.run[s].end = (uint32_t)g->set[s].n;
    append_node(g, root);
    for (int32_t i = 0; (size_t)i < g->n; i++)
        if (sfm_key_level(g->node[i].key) < max_depth && is_overfull(g, i, n_crit))
            SFM_TRY(sfm_growth_split(g, i));
    return STARFMM_OK;
}

void sfm_growth_free(sfm_growth *g)
{
    sfm_free(g->node);
    *g = (sfm_growth){0};
}
