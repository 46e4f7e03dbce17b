/* SPDX-License-Identifier: BSD-3-Clause */
#include "tree/locate.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "tree/bits.h"
#include "tree/cube.h"
#include "tree/sort.h"

/* Outer cells along a dimension: as many as a key of the deepest level tells apart. */
#define OUTER_CELLS ((double)((uint32_t)1 << SFM_MAX_DEPTH))

/* Points and what is known of them, those inside the root cube first. */
typedef struct sorting {
    size_t n, n_inside;
    double *x;       /* [n x 3] */
    uint32_t *place; /* [n] the caller's index */
    sfm_key *key;    /* [n] */
    uint32_t *index; /* [n] */
} sorting;

static int is_inside(const sfm_tree *t, const double *x)
{
    return fabs(x[0] - t->centre[0]) <= t->half && fabs(x[1] - t->centre[1]) <= t->half &&
           fabs(x[2] - t->centre[2]) <= t->half;
}

static void part(sorting *s, const sfm_tree *t, const double *x)
{
    size_t outside = s->n;
    for (size_t i = 0; i < s->n; i++) {
        size_t at = is_inside(t, x + 3 * i) ? s->n_inside++ : --outside;
        memcpy(s->x + 3 * at, x + 3 * i, 3 * sizeof *x);
        s->place[at] = (uint32_t)i;
    }
}

/* The outer cell of a point, told apart up to a distance of 2^18 root sides. */
static sfm_key outer_key(const sfm_tree *t, const double *x)
{
    uint32_t c[3];
    for (int d = 0; d < 3; d++) {
        double cells = (x[d] - t->centre[d]) / t->half * 2 + OUTER_CELLS / 2;
        c[d] = (uint32_t)fmin(fmax(cells, 0), OUTER_CELLS - 1);
    }
    return (sfm_key)1 << 3 * SFM_MAX_DEPTH | sfm_interleave(c[0], c[1], c[2]);
}

static starfmm_status sort(sorting *s, const sfm_tree *t, sfm_helpers *helpers)
{
    const sfm_cube cube = {{t->centre[0], t->centre[1], t->centre[2]}, t->half};
    size_t in = s->n_inside;
    sfm_cube_keys(helpers, &cube, in, s->x, s->key);
    for (size_t i = in; i < s->n; i++) s->key[i] = outer_key(t, s->x + 3 * i);
    SFM_TRY(sfm_sort_keys(helpers, in, s->key, s->index));
    SFM_TRY(sfm_sort_keys(helpers, s->n - in, s->key + in, s->index + in));
    for (size_t i = in; i < s->n; i++) s->index[i] += (uint32_t)in;
    for (size_t i = 0; i < s->n; i++) s->index[i] = s->place[s->index[i]];
    return STARFMM_OK;
}

static void add(sfm_cells *c, sfm_key key, int32_t node, size_t begin, size_t end)
{
    for (; begin < end; begin += SFM_CELL_POINTS) {
        c->key[c->n] = key;
        c->node[c->n] = node;
        c->begin[c->n++] = begin;
    }
}

/* Cells of the points [begin, end) of a node. */
static void descend(sfm_cells *c, const sfm_tree *t, const sfm_key *keys, int32_t node,
                    size_t begin, size_t end)
{
    if (sfm_tree_is_leaf(t, node)) {
        add(c, t->key[node], node, begin, end);
        return;
    }
    int32_t child = t->first_child[node], last = child + t->n_children[node];
    for (sfm_key key = t->key[node] << 3; begin < end; key++) {
        size_t next = sfm_tree_run_end(key, keys, begin, end);
        int exists = child < last && t->key[child] == key;
        if (exists)
            descend(c, t, keys, child++, begin, next);
        else
            add(c, key, node, begin, next);
        begin = next;
    }
}

static void add_outer(sfm_cells *c, const sorting *s)
{
    for (size_t i = s->n_inside, next; i < s->n; i = next) {
        for (next = i + 1; next < s->n && s->key[next] == s->key[i]; next++) continue;
        add(c, 0, -1, i, next);
    }
}

/* There are no more cells than points. */
static starfmm_status allocate(sfm_cells *c, sorting *s)
{
    c->key = sfm_alloc(s->n, sizeof *c->key);
    c->node = sfm_alloc(s->n, sizeof *c->node);
    c->begin = sfm_alloc(s->n + 1, sizeof *c->begin);
    c->index = s->index = sfm_alloc(s->n, sizeof *s->index);
    s->x = sfm_alloc(3 * s->n, sizeof *s->x);
    s->place = sfm_alloc(s->n, sizeof *s->place);
    s->key = sfm_alloc(s->n, sizeof *s->key);
    if (c->key && c->node && c->begin && c->index && s->x && s->place && s->key)
        return STARFMM_OK;
    return sfm_fail(STARFMM_ENOMEM, "no memory to locate %zu points", s->n);
}

starfmm_status sfm_locate(sfm_cells *cells, const sfm_tree *tree, sfm_helpers *helpers,
                          size_t n, const double *x)
{
    sorting s = {.n = n};
    *cells = (sfm_cells){.n_points = n};
    starfmm_status status = allocate(cells, &s);
    if (status == STARFMM_OK) {
        part(&s, tree, x);
        status = sort(&s, tree, helpers);
    }
    if (status == STARFMM_OK) {
        descend(cells, tree, s.key, 0, 0, s.n_inside);
        add_outer(cells, &s);
        cells->begin[cells->n] = n;
    }
    sfm_free(s.x);
    sfm_free(s.place);
    sfm_free(s.key);
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
