/* SPDX-License-Identifier: BSD-3-Clause */
/* Naive geometry of nodes: the oracle of the tree layer.  One bit of a key at a time, boxes
 * in cells of the deepest level (exact integers). */
#ifndef SFM_TEST_BOXES_H
#define SFM_TEST_BOXES_H

#include "tree/tree.h"

typedef struct sfm_test_box {
    int level;
    int64_t lo[3], hi[3]; /* closed box */
} sfm_test_box;

sfm_test_box sfm_test_box_of(uint64_t key);

/* Closed boxes have a point in common; one contains the other. */
int sfm_test_boxes_touch(const sfm_test_box *a, const sfm_test_box *b);
int sfm_test_box_inside(const sfm_test_box *inner, const sfm_test_box *outer);

/* The boxes of all nodes; free() them. */
sfm_test_box *sfm_test_boxes_of(const sfm_tree *tree);

/* The interaction lists by definition (tree/lists.h), box[n_nodes]: is node a in U, V, W, X of
 * node b? */
int sfm_test_in_u(const sfm_tree *tree, const sfm_test_box *box, int32_t b, int32_t a);
int sfm_test_in_v(const sfm_tree *tree, const sfm_test_box *box, int32_t b, int32_t a);
int sfm_test_in_w(const sfm_tree *tree, const sfm_test_box *box, int32_t b, int32_t a);
int sfm_test_in_x(const sfm_tree *tree, const sfm_test_box *box, int32_t b, int32_t a);

/* Closed boxes of two nodes have a point in common. */
int sfm_test_keys_touch(uint64_t a, uint64_t b);

#endif
