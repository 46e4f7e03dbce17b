/* SPDX-License-Identifier: BSD-3-Clause */
/* Naive geometry of nodes: the oracle of the tree layer.  One bit of a key at a time, boxes
 * in cells of the deepest level (exact integers). */
#ifndef SFM_TEST_BOXES_H
#define SFM_TEST_BOXES_H

#include <stdint.h>

typedef struct sfm_test_box {
    int level;
    int64_t lo[3], hi[3]; /* closed box */
} sfm_test_box;

sfm_test_box sfm_test_box_of(uint64_t key);

/* Closed boxes have a point in common; one contains the other. */
int sfm_test_boxes_touch(const sfm_test_box *a, const sfm_test_box *b);
int sfm_test_box_inside(const sfm_test_box *inner, const sfm_test_box *outer);

#endif
