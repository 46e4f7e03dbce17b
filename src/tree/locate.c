/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Points inside the root cube are sorted by their keys, as the tree's own are, and dealt out
 * to the nodes from the root down; those outside are sorted by cells of a coarse grid round
 * the root cube, and each occupied one is a cell.
 */
#include "tree/locate.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "tree/cube.h"
#include "tree/sort.h"

/* Outer cells along a dimension: as many as a key of the deepest level tells apart. */
#define OUTER_CELLS ((double)((uint32_t)1 << SFM_MAX_DEPTH))

/* The points, those inside the root cube first. */
typedef struct partition {
    size_t n, n_inside;
    double *x;         /* [n x 3] */
    uint32_t *callers; /* [n] index */
    sfm_key *key;      /* [n] sorted, inside and outside */
} partition;

static void part_points(partition *p, const sfm_tree *t, const double *x)
{
    size_t outside = p->n;
    for (size_t i = 0; i < p->n; i++) {
        int inside = 1;
        for (size_t d = 0; d < 3; d++)
            inside &= fabs(x[3 * i + d] - t->centre[d]) <= t->half;
        size_t at = inside ? p->n_inside++ : --outside;
        memcpy(p->x + 3 * at, x + 3 * i, 3 * sizeof *x);
        p->callers[at] = (uint32_t)i;
    }
}

/* The outer cell of a point, told apart up to a distance of 2^18 root sides. */
static sfm_key find_outer_cell(const sfm_tree *t, const double *x)
{
    uint32_t c[3];
    for (int d = 0; d < 3; d++) {
        double cells = (x[d] - t->centre[d]) / t->half * 2 + OUTER_CELLS / 2;
        c[d] = (uint32_t)fmin(fmax(cells, 0), OUTER_CELLS - 1);
    }
    return sfm_key_encode(SFM_MAX_DEPTH, c);
}

/* Sort both parts; index = the caller's indices in this order. */
static starfmm_status sort_points(partition *p, const sfm_tree *t, sfm_helpers *helpers,
                                  uint32_t *index)
{
    const sfm_cube cube = {{t->centre[0], t->centre[1], t->centre[2]}, t->half};
    size_t in = p->n_inside;
    sfm_cube_keys(helpers, &cube, in, p->x, p->key);
    for (size_t i = in; i < p->n; i++) p->key[i] = find_outer_cell(t, p->x + 3 * i);
    SFM_TRY(sfm_sort_keys(helpers, in, p->key, index));
    SFM_TRY(sfm_sort_keys(helpers, p->n - in, p->key + in, index + in));
    for (size_t i = 0; i < p->n; i++) index[i] = p->callers[index[i] + (i < in ? 0 : in)];
    return STARFMM_OK;
}

static void add_cells(sfm_cells *c, sfm_key key, int32_t node, size_t begin, size_t end)
{
    for (; begin < end; begin += SFM_CELL_POINTS) {
        c->key[c->n] = key;
        c->node[c->n] = node;
        c->begin[c->n++] = begin;
    }
}

/* Cells of the points [begin, end) of a node. */
static void add_cells_of_node(sfm_cells *c, const sfm_tree *t, const sfm_key *keys,
                              int32_t node, size_t begin, size_t end)
{
    if (sfm_tree_is_leaf(t, node)) {
        add_cells(c, t->key[node], node, begin, end);
        return;
    }
    int32_t child = t->first_child[node], last = child + t->n_children[node];
    for (sfm_key key = t->key[node] << 3; begin < end; key++) {
        size_t next = sfm_tree_run_end(key, keys, begin, end);
        if (child < last && t->key[child] == key)
            add_cells_of_node(c, t, keys, child++, begin, next);
        else
            add_cells(c, key, node, begin, next);
        begin = next;
    }
}

starfmm_status sfm_locate(sfm_cells *cells, const sfm_tree *tree, sfm_helpers *helpers,
                          size_t n, const double *x)
{
    /* There are no more cells than points. */
    *cells = (sfm_cells){.key = sfm_alloc(n, sizeof *cells->key),
                         .node = sfm_alloc(n, sizeof *cells->node),
                         .n_points = n,
                         .index = sfm_alloc(n, sizeof *cells->index),
                         .begin = sfm_alloc(n + 1, sizeof *cells->begin)};
    partition p = {.n = n,
                   .x = sfm_alloc(3 * n, sizeof *p.x),
                   .callers = sfm_alloc(n, sizeof *p.callers),
                   .key = sfm_alloc(n, sizeof *p.key)};
    starfmm_status status = STARFMM_OK;
    if (!cells->key || !cells->node || !cells->begin || !cells->index || !p.x ||
        !p.callers || !p.key)
        status = sfm_fail(STARFMM_ENOMEM, "no memory to locate %zu points", n);
    if (status == STARFMM_OK) {
        part_points(&p, tree, x);
        status = sort_points(&p, tree, helpers, cells->index);
    }
    if (status == STARFMM_OK) {
        add_cells_of_node(cells, tree, p.key, 0, 0, p.n_inside);
        for (size_t i = p.n_inside, next; i < n; i = next) {
            for (next = i + 1; next < n && p.key[next] == p.key[i]; next++) continue;
            add_cells(cells, 0, -1, i, next);
        }
        cells->begin[cells->n] = n;
    }
    sfm_free(p.x);
    sfm_free(p.callers);
    sfm_free(p.key);
    if (status != STARFMM_OK) sfm_cells_free(cells);
    return status;
}

void sfm_cells_free(sfm_cells *cells)
{
    sfm_free(cells->key);
    sfm_free(cells->node);
    sfm_free(cells->index);
    sfm_free(cells->begin);
    *cells = (sfm_cells){0};
}
