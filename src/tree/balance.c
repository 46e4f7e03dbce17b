/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 2:1 balance by one sweep from the deepest level up (ripple; Sundar, Sampath, Biros 2008,
 * section 3.2, on a tree that holds existing nodes only).
 *
 * Let L be a leaf of level l.  A leaf of level <= l - 2 that touches L covers a cell of
 * level l - 1 that touches L, and with it that cell's parent, which is a neighbour of L's
 * grandparent.  The cells in question lie towards L's octant; they leave the grandparent in
 * the dimensions in which L and its parent have the same octant bit.  So the neighbours of
 * the grandparent in every non-empty set of these dimensions (2.4 of them on average) must
 * not be covered by a leaf; a leaf that covers one is split, towards it, again and again.
 *
 * A split on behalf of L makes leaves of level <= l - 1 only, which the sweep meets later;
 * so L stays, and every split is forced by a leaf of the result.  Only this order has that
 * property: empty octants being dropped, a leaf that is split may leave no child at the
 * coarse leaf that it touched.
 */
#include "tree/growth.h"

/* Split every leaf on the way from the root to a cell, the cell included. */
static starfmm_status open_cell(sfm_growth *g, sfm_key cell)
{
    int32_t node = 0;
    for (int below = sfm_key_level(cell);; below--) { /* levels from node to cell */
        if (g->node[node].first_child < 0) SFM_TRY(sfm_growth_split(g, node));
        if (below == 0) return STARFMM_OK;
        int octant = sfm_key_octant(cell >> 3 * (below - 1));
        unsigned octants = g->node[node].octants;
        if (!(octants >> octant & 1)) return STARFMM_OK;
        node =
            g->node[node].first_child + sfm_count_octants(octants & ((1u << octant) - 1));
    }
}

/* Open the neighbours of a leaf's grandparent that the leaf comes close to; see above. */
static starfmm_status open_around(sfm_growth *g, sfm_key leaf)
{
    int octant = sfm_key_octant(leaf), level;
    int outward = ~(octant ^ sfm_key_octant(leaf >> 3)) & 7;
    uint32_t anchor[3];
    sfm_key_decode(leaf >> 6, &level, anchor);
    uint32_t side = (uint32_t)1 << level;
    for (int dims = 1; dims < 8; dims++) {
        if ((dims & outward) != dims) continue;
        uint32_t near[3];
        int inside = 1;
        for (int d = 0; d < 3; d++) {
            /* Below 0 it wraps round and is outside as well. */
            near[d] = anchor[d];
            if (dims >> d & 1) near[d] += octant >> d & 1 ? 1u : UINT32_MAX;
            inside &= near[d] < side;
        }
        if (inside) SFM_TRY(open_cell(g, sfm_key_encode(level, near)));
    }
    return STARFMM_OK;
}

starfmm_status sfm_growth_balance(sfm_growth *g)
{
    /* The grandparent of a leaf of level 2 is the root, without neighbours. */
    for (int level = SFM_MAX_DEPTH; level > 2; level--)
        for (int32_t i = g->level_head[level]; i >= 0; i = g->node[i].next)
            if (g->node[i].first_child < 0) SFM_TRY(open_around(g, g->node[i].key));
    return STARFMM_OK;
}
