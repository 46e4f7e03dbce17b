/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Geometry: the tree of a plan's points, and where its nodes lie.  It belongs to one plan and
 * is replaced as a whole when the points move.
 *
 * Lengths are in tree units: a power of two of the caller's unit (so scaling is exact) such
 * that the root's half side lies in (1/2, 1].  Positions are relative to an origin: 0, or in a
 * dimension in which the root is far from 0 the root's centre.  Then everything is exact:
 * coordinates, as all of them are within a factor of two of the origin where it is not 0; the
 * centres of nodes, as the root's half side and centre have few bits (tree/cube.c).  So points
 * keep their differences, however wide the set.
 */
#ifndef SFM_GEOMETRY_H
#define SFM_GEOMETRY_H

#include "tree/lists.h"
#include "tree/tree.h"

/* The points that a plan is made of; the caller's arrays, (n x 3). */
typedef struct sfm_point_sets {
    size_t n_sources, n_targets;
    const double *sources, *targets; /* targets NULL: the sources */
    sfm_helpers *helpers;            /* share the work; NULL: nobody does */
} sfm_point_sets;

typedef struct sfm_geometry {
    sfm_tree tree;
    double unit;                    /* length of one tree unit, a power of two */
    double half[SFM_MAX_DEPTH + 1]; /* half side of a node of a level, tree units */
    double origin[3];               /* the caller's unit */
    double root[3];      /* centre of the root, relative to the origin, tree units */
    double (*centre)[3]; /* [n_nodes] relative to the origin, tree units */
} sfm_geometry;

/* Build from points that have been checked; options as of sfm_tree_build, but for the
 * helpers, which are the points'.  ENOMEM; nothing is left then. */
starfmm_status sfm_geometry_build(sfm_geometry *g, const sfm_tree_options *options,
                                  const sfm_point_sets *points);
void sfm_geometry_free(sfm_geometry *g);

/* Lengths of the lists U (with the node itself), V, W, X, in this order. */
void sfm_geometry_measure_lists(const sfm_geometry *g, const sfm_lists *lists,
                                starfmm_list_stats stats[4]);

size_t sfm_geometry_bytes(const sfm_geometry *g);

#endif
