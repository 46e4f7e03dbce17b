/* SPDX-License-Identifier: BSD-3-Clause */
/* Other points in a tree: the cells that they lie in. */
#ifndef SFM_LOCATE_H
#define SFM_LOCATE_H

#include "tree/tree.h"

/* Most points of a cell; more points make several cells of one box. */
#define SFM_CELL_POINTS 1024

/*
 * Cells, in Morton order and outer ones last:
 *   a leaf                        node = the leaf
 *   an octant that was dropped,   node = its parent, the deepest node round it
 *   being empty
 *   a part of space outside the   node = -1, key = 0
 *   root cube, a quarter of the
 *   root's side wide
 */
typedef struct sfm_cells {
    int32_t n;
    sfm_key *key;  /* [n] */
    int32_t *node; /* [n] */
    size_t n_points;
    uint32_t *index; /* [n_points] cell after cell, the caller's index */
    size_t *begin;   /* [n + 1] first point of a cell in index */
} sfm_cells;

/* Cells of n finite points x (n x 3), n < 2^31.  Errors: ENOMEM; nothing is left then. */
starfmm_status sfm_locate(sfm_cells *cells, const sfm_tree *tree, sfm_helpers *helpers,
                          size_t n, const double *x);
void sfm_cells_free(sfm_cells *cells);

#endif
