/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The linear octree: nodes that hold at least one point, in (level, Morton) order, as flat
 * arrays; the children of a node are consecutive.  Points are stored leaf after leaf in the
 * same (level, Morton) order, so that a run of nodes of one level owns one run of points.
 */
#ifndef SFM_TREE_H
#define SFM_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "base/parallel.h"
#include "base/status.h"
#include "tree/morton.h"

typedef struct sfm_tree_options {
    int n_crit;    /* >= 1 */
    int max_depth; /* 1 .. SFM_MAX_DEPTH */
    int balance;   /* 2:1 between adjacent leaves */
    /* The tree of these points before they moved, or NULL: its root cube is kept if they lie
     * in it and fill more than an eighth of its volume, and then its nodes if they fit
     * (tree/refit.h). */
    const struct sfm_tree *old;
    sfm_helpers *helpers; /* share the work; NULL: nobody does */
    /* Side of a new root cube, with the lower corner of the smallest one and in units of its
     * side; below 1: 1. */
    double stretch;
} sfm_tree_options;

/* One set of points in tree order. */
typedef struct sfm_points {
    size_t n;
    uint32_t *index; /* [n] tree position -> caller's index */
    size_t *begin; /* [n_nodes + 1] the points of leaf i are begin[i] ... begin[i + 1] - 1;
                      * an inner node has none of its own */
    size_t *count; /* [n_nodes] points in the whole subtree of a node */
} sfm_points;

typedef struct sfm_tree {
    double centre[3]; /* of the root cube, the caller's unit */
    double half;      /* its half side, > 0 */
    int depth;        /* deepest level in use */
    int balanced;
    int32_t n_nodes, n_leaves;
    /* Nodes of level l: level_begin[l] ... level_begin[l + 1] - 1; n_nodes beyond depth. */
    int32_t level_begin[SFM_MAX_DEPTH + 2];
    sfm_key *key;         /* [n_nodes] */
    int32_t *parent;      /* [n_nodes], -1 for the root */
    int32_t *first_child; /* [n_nodes], -1 for a leaf */
    uint8_t *n_children;  /* [n_nodes], 0 for a leaf */
    sfm_points src;
    sfm_points trg; /* the same pointers as src when same_points */
    int same_points;
} sfm_tree;

/*
 * Build the tree over sources and targets (targets = NULL: the sources).  Coordinates must
 * be finite (checked by the caller).  No point at all gives a root without points.
 * n_sources and n_targets < 2^32.  O(N): radix sort of point keys, then splitting of runs.
 * Errors: ENOMEM; nothing is left allocated.
 */
starfmm_status sfm_tree_build(sfm_tree *tree, const sfm_tree_options *options,
                              size_t n_sources, const double *sources, size_t n_targets,
                              const double *targets);
void sfm_tree_free(sfm_tree *tree);

/* Memory for nodes, their number set; for a set of n points in a tree.  ENOMEM. */
starfmm_status sfm_tree_alloc_nodes(sfm_tree *tree, size_t n);
starfmm_status sfm_points_alloc(sfm_points *points, size_t n, size_t n_nodes);

/* The rest of a set of points, leaf after leaf, from its count; the sorted points of leaf i
 * begin at first[i]. */
void sfm_points_lay_out(sfm_points *points, const sfm_tree *tree, const size_t *first,
                        const uint32_t *sorted);

/* The same nodes of the same root cube, empty of sources (targets) in both or in neither? */
int sfm_tree_same_nodes(const sfm_tree *a, const sfm_tree *b);

/* Of sorted keys of the deepest level [at, end), none of which lies before a node: the
 * first that lies beyond it. */
size_t sfm_tree_run_end(sfm_key node, const sfm_key *keys, size_t at, size_t end);

/* Centre of a node relative to the root's centre, in units of the root's half side: exact. */
void sfm_tree_centre(sfm_key key, double centre[3]);

static inline int sfm_tree_is_leaf(const sfm_tree *t, int32_t node)
{
    return t->n_children[node] == 0;
}

#endif
