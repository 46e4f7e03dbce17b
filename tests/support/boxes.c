/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/boxes.h"

#include <stdlib.h>

sfm_test_box sfm_test_box_of(uint64_t key)
{
    sfm_test_box box = {.hi = {1 << 21, 1 << 21, 1 << 21}};
    while (key >> 3 * box.level > 1) box.level++;
    for (int l = 1; l <= box.level; l++)
        for (int d = 0; d < 3; d++) {
            int64_t half = (box.hi[d] - box.lo[d]) / 2;
            if (key >> (3 * (box.level - l) + d) & 1)
                box.lo[d] += half;
            else
                box.hi[d] -= half;
        }
    return box;
}

int sfm_test_boxes_touch(const sfm_test_box *a, const sfm_test_box *b)
{
    for (int d = 0; d < 3; d++)
        if (a->hi[d] < b->lo[d] || b->hi[d] < a->lo[d]) return 0;
    return 1;
}

int sfm_test_box_inside(const sfm_test_box *inner, const sfm_test_box *outer)
{
    for (int d = 0; d < 3; d++)
        if (inner->lo[d] < outer->lo[d] || inner->hi[d] > outer->hi[d]) return 0;
    return 1;
}

sfm_test_box *sfm_test_boxes_of(const sfm_tree *tree)
{
    sfm_test_box *box = malloc((size_t)tree->n_nodes * sizeof *box);
    for (int32_t i = 0; box && i < tree->n_nodes; i++)
        box[i] = sfm_test_box_of(tree->key[i]);
    return box;
}

int sfm_test_in_u(const sfm_tree *t, const sfm_test_box *box, int32_t b, int32_t a)
{
    return sfm_tree_is_leaf(t, b) && sfm_tree_is_leaf(t, a) &&
           sfm_test_boxes_touch(&box[a], &box[b]);
}

int sfm_test_in_v(const sfm_tree *t, const sfm_test_box *box, int32_t b, int32_t a)
{
    return box[a].level == box[b].level && b > 0 && a > 0 &&
           !sfm_test_boxes_touch(&box[a], &box[b]) &&
           sfm_test_boxes_touch(&box[t->parent[a]], &box[t->parent[b]]);
}

int sfm_test_in_w(const sfm_tree *t, const sfm_test_box *box, int32_t b, int32_t a)
{
    return sfm_tree_is_leaf(t, b) && box[a].level > box[b].level &&
           !sfm_test_boxes_touch(&box[a], &box[b]) &&
           sfm_test_boxes_touch(&box[t->parent[a]], &box[b]);
}

int sfm_test_in_x(const sfm_tree *t, const sfm_test_box *box, int32_t b, int32_t a)
{
    return sfm_test_in_w(t, box, a, b);
}

int sfm_test_keys_touch(uint64_t a, uint64_t b)
{
    sfm_test_box x = sfm_test_box_of(a), y = sfm_test_box_of(b);
    return sfm_test_boxes_touch(&x, &y);
}
