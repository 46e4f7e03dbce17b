/* SPDX-License-Identifier: BSD-3-Clause */
/* The tree of a set of points with the lengths that follow from it: the unit of all later
 * arithmetic, half sides by level, centres by node.  All of these are exact. */
#include "tree/geometry.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "tree/cube.h"

static void set_centres(void *geometry, size_t begin, size_t end)
{
    sfm_geometry *g = geometry;
    for (size_t i = begin; i < end; i++) {
        sfm_tree_centre(g->tree.key[i], g->centre[i]);
        for (int d = 0; d < 3; d++)
            g->centre[i][d] = g->root[d] + g->centre[i][d] * g->half[0];
    }
}

starfmm_status sfm_geometry_build(sfm_geometry *g, const sfm_tree_options *options,
                                  const sfm_point_sets *p)
{
    sfm_tree_options o = *options;
    int exponent;
    o.helpers = p->helpers;
    memset(g, 0, sizeof *g);
    SFM_TRY(
        sfm_tree_build(&g->tree, &o, p->n_sources, p->sources, p->n_targets, p->targets));
    double half = frexp(g->tree.half, &exponent);
    g->unit = ldexp(1, exponent);
    for (int l = 0; l <= SFM_MAX_DEPTH; l++) g->half[l] = ldexp(half, -l);
    const sfm_cube cube = {{g->tree.centre[0], g->tree.centre[1], g->tree.centre[2]},
                           g->tree.half};
    for (int d = 0; d < 3; d++) {
        g->origin[d] = sfm_cube_is_near_origin(&cube, d) ? 0 : cube.centre[d];
        g->root[d] = (cube.centre[d] - g->origin[d]) / g->unit;
    }
    size_t n = (size_t)g->tree.n_nodes;
    g->centre = sfm_alloc(n, sizeof *g->centre);
    if (!g->centre) {
        sfm_geometry_free(g);
        return sfm_fail(STARFMM_ENOMEM, "no memory for the centres of %zu nodes", n);
    }
    sfm_parallel_for(p->helpers, n, SFM_GRAIN_NODES, set_centres, g);
    return STARFMM_OK;
}

void sfm_geometry_free(sfm_geometry *g)
{
    sfm_tree_free(&g->tree);
    sfm_free(g->centre);
    memset(g, 0, sizeof *g);
}

/* |V(B)|: children of the colleagues of B's parent, less the colleagues of B. */
static int v_length(const sfm_tree *t, const sfm_csr *colleagues, int32_t node)
{
    int32_t parent = t->parent[node], n = 0;
    if (parent < 0) return 0;
    for (size_t k = colleagues->begin[parent]; k < colleagues->begin[parent + 1]; k++)
        n += t->n_children[colleagues->item[k]];
    return n - (int)(colleagues->begin[node + 1] - colleagues->begin[node]);
}

void sfm_geometry_measure_lists(const sfm_geometry *g, const sfm_lists *lists,
                                starfmm_list_stats stats[4])
{
    const sfm_tree *t = &g->tree;
    const sfm_csr *stored[4] = {&lists->u, NULL, &lists->w, &lists->x};
    for (int k = 0; k < 4; k++) {
        long long all = 0, leaves = 0;
        int longest = 0;
        for (int32_t i = 0; i < t->n_nodes; i++) {
            int length = stored[k] ? (int)(stored[k]->begin[i + 1] - stored[k]->begin[i])
                                   : v_length(t, &lists->colleagues, i);
            all += length;
            if (sfm_tree_is_leaf(t, i)) leaves += length;
            if (length > longest) longest = length;
        }
        stats[k] = (starfmm_list_stats){(double)all / t->n_nodes,
                                        (double)leaves / t->n_leaves, longest};
    }
}

size_t sfm_geometry_bytes(const sfm_geometry *g)
{
    const sfm_tree *t = &g->tree;
    size_t nodes = (size_t)t->n_nodes, sets = t->same_points ? 1 : 2;
    size_t node = sizeof *t->key + sizeof *t->parent + sizeof *t->first_child +
                  sizeof *t->n_children + 2 * sets * sizeof(size_t) + sizeof *g->centre;
    return nodes * node + (t->src.n + (sets - 1) * t->trg.n) * sizeof *t->src.index;
}
