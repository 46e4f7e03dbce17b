/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lists top-down, one family (the children of one node P) after the other.  Beside the
 * colleagues, every node B has its coarse leaves K(B): the leaves of lower levels adjacent
 * to B.  For a child B of P:
 *
 *   colleagues(B) = children of colleagues(P) adjacent to B
 *   candidates    = K(P) + the leaves among colleagues(P)     all leaves coarser than B
 * that are adjacent to P K(B)          = candidates adjacent to B X(B)          =
 * candidates not adjacent to B: A is adjacent to P = parent(B), not to B, so B is in W(A),
 * whether B is a leaf or not, however much coarser A is
 *
 * and then, for leaves B,
 *
 *   W             = transpose of X
 *   U(B)          = K(B) + the leaves among colleagues(B) + the leaves A with B in K(A)
 *
 * Adjacency is read off octant masks: A lies in one of 27 directions from the cell of its
 * level round P, and that alone tells which octants of P touch it.
 */
#include "tree/lists.h"

#include <string.h>

#include "base/memory.h"
#include "tree/bits.h"

/* Cells round a cell: no more disjoint nodes of its level or coarser can be adjacent. */
#define N_NEIGHBOURS 26
#define FIRST_CAPACITY 4096

/* A CSR under construction, row after row. */
typedef struct rows {
    sfm_csr csr;
    size_t n_rows, n, capacity;
} rows;

/* A colleague of P as seen from P. */
typedef struct family {
    int32_t first_child;
    uint8_t octants; /* its children that exist */
    uint8_t near;    /* octants of P that touch it */
    uint8_t facing;  /* its octants that touch P */
} family;

/* A leaf adjacent to P, of P's level or coarser. */
typedef struct candidate {
    int32_t leaf;
    uint8_t near; /* octants of P that touch it */
} candidate;

typedef struct scene {
    int n_families, n_candidates;
    family families[N_NEIGHBOURS + 1];
    candidate candidates[N_NEIGHBOURS];
} scene;

typedef struct builder {
    const sfm_tree *tree;
    uint8_t *octants; /* [n_nodes] children that exist */
    rows colleagues, coarse, x;
} builder;

static starfmm_status no_memory(int32_t n_nodes)
{
    return sfm_fail(STARFMM_ENOMEM, "no memory for the interaction lists of %d nodes",
                    n_nodes);
}

/* Octants of a node that touch `other`, an adjacent node of the same or a lower level. */
static uint8_t touching(sfm_key node, sfm_key other)
{
    /* Octants with bit d clear, set. */
    static const uint8_t side[3][2] = {{0x55, 0xaa}, {0x33, 0xcc}, {0x0f, 0xf0}};
    sfm_key ancestor = node >> 3 * (sfm_key_level(node) - sfm_key_level(other));
    uint8_t mask = 0xff;
    for (int d = 0; d < 3; d++) {
        sfm_key bits = SFM_EVERY_THIRD_BIT << d;
        if ((other & bits) < (ancestor & bits)) mask &= side[d][0];
        if ((other & bits) > (ancestor & bits)) mask &= side[d][1];
    }
    return mask;
}

/* ---- rows -------------------------------------------------------------------------- */

static starfmm_status rows_start(rows *r, int32_t n_nodes)
{
    r->csr.begin = sfm_alloc((size_t)n_nodes + 1, sizeof *r->csr.begin);
    if (r->csr.begin == NULL) return no_memory(n_nodes);
    r->csr.begin[0] = 0;
    return STARFMM_OK;
}

static starfmm_status rows_reserve(rows *r, size_t extra, int32_t n_nodes)
{
    if (r->n + extra <= r->capacity) return STARFMM_OK;
    size_t capacity = r->capacity ? 2 * r->capacity : FIRST_CAPACITY;
    int32_t *item = sfm_alloc(capacity, sizeof *item);
    if (item == NULL) return no_memory(n_nodes);
    if (r->n) memcpy(item, r->csr.item, r->n * sizeof *item);
    sfm_free(r->csr.item);
    r->csr.item = item;
    r->capacity = capacity;
    return STARFMM_OK;
}

static void rows_add(rows *r, int32_t item)
{
    r->csr.item[r->n++] = item;
}
static void rows_end(rows *r)
{
    r->csr.begin[++r->n_rows] = r->n;
}

/* Hand the rows over in memory of their size. */
static starfmm_status rows_finish(rows *r, sfm_csr *out, int32_t n_nodes)
{
    int32_t *item = sfm_alloc(r->n, sizeof *item);
    if (item == NULL) return no_memory(n_nodes);
    if (r->n) memcpy(item, r->csr.item, r->n * sizeof *item);
    sfm_free(r->csr.item);
    *out = (sfm_csr){r->csr.begin, item};
    *r = (rows){0};
    return STARFMM_OK;
}

static void csr_free(sfm_csr *csr)
{
    sfm_free(csr->begin);
    sfm_free(csr->item);
    *csr = (sfm_csr){0};
}

/* ---- top-down ---------------------------------------------------------------------- */

static uint8_t octants_of(const sfm_tree *tree, int32_t node)
{
    unsigned mask = 0;
    for (int c = 0; c < tree->n_children[node]; c++)
        mask |= 1u << sfm_key_octant(tree->key[tree->first_child[node] + c]);
    return (uint8_t)mask;
}

/* What lies round the inner node p; candidates ascending. */
static void look_round(const builder *b, int32_t p, scene *s)
{
    const sfm_tree *t = b->tree;
    s->n_families = s->n_candidates = 0;
    const size_t *begin = b->coarse.csr.begin;
    for (size_t i = begin[p]; i < begin[p + 1]; i++) {
        int32_t leaf = b->coarse.csr.item[i];
        s->candidates[s->n_candidates++] =
            (candidate){leaf, touching(t->key[p], t->key[leaf])};
    }
    begin = b->colleagues.csr.begin;
    for (size_t i = begin[p]; i < begin[p + 1]; i++) {
        int32_t c = b->colleagues.csr.item[i];
        uint8_t near = touching(t->key[p], t->key[c]);
        if (sfm_tree_is_leaf(t, c))
            s->candidates[s->n_candidates++] = (candidate){c, near};
        else
            s->families[s->n_families++] = (family){t->first_child[c], b->octants[c], near,
                                                    touching(t->key[c], t->key[p])};
    }
}

/* The rows of the child in `octant` of the node looked round from. */
static void add_child(builder *b, const scene *s, int octant)
{
    for (int i = 0; i < s->n_families; i++) {
        const family *f = &s->families[i];
        if (!(f->near >> octant & 1)) continue;
        unsigned octants = f->octants;
        for (unsigned m = octants & f->facing; m != 0; m &= m - 1)
            rows_add(&b->colleagues,
                     f->first_child + sfm_count_octants(octants & ((m & -m) - 1)));
    }
    for (int i = 0; i < s->n_candidates; i++)
        rows_add(s->candidates[i].near >> octant & 1 ? &b->coarse : &b->x,
                 s->candidates[i].leaf);
    rows_end(&b->colleagues);
    rows_end(&b->coarse);
    rows_end(&b->x);
}

static starfmm_status add_family(builder *b, int32_t p)
{
    const sfm_tree *t = b->tree;
    SFM_TRY(rows_reserve(&b->colleagues, 8 * (N_NEIGHBOURS + 1), t->n_nodes));
    SFM_TRY(rows_reserve(&b->coarse, 8 * N_NEIGHBOURS, t->n_nodes));
    SFM_TRY(rows_reserve(&b->x, 8 * N_NEIGHBOURS, t->n_nodes));
    scene s;
    look_round(b, p, &s);
    for (int c = 0; c < t->n_children[p]; c++)
        add_child(b, &s, sfm_key_octant(t->key[t->first_child[p] + c]));
    return STARFMM_OK;
}

static starfmm_status descend(builder *b)
{
    const sfm_tree *t = b->tree;
    b->octants = sfm_alloc((size_t)t->n_nodes, sizeof *b->octants);
    if (b->octants == NULL) return no_memory(t->n_nodes);
    for (int32_t i = 0; i < t->n_nodes; i++) b->octants[i] = octants_of(t, i);
    SFM_TRY(rows_start(&b->colleagues, t->n_nodes));
    SFM_TRY(rows_start(&b->coarse, t->n_nodes));
    SFM_TRY(rows_start(&b->x, t->n_nodes));
    SFM_TRY(rows_reserve(&b->colleagues, 1, t->n_nodes));
    rows_add(&b->colleagues, 0); /* the root has itself and nothing else */
    rows_end(&b->colleagues);
    rows_end(&b->coarse);
    rows_end(&b->x);
    /* Families follow each other as their parents do, so rows are made in node order. */
    for (int32_t i = 0; i < t->n_nodes; i++)
        if (!sfm_tree_is_leaf(t, i)) SFM_TRY(add_family(b, i));
    return STARFMM_OK;
}

/* ---- U and W ----------------------------------------------------------------------- */

/* begin[i + 1] = length of row i  ->  begin[i] = start of row i. */
static void accumulate(size_t *begin, int32_t n)
{
    begin[0] = 0;
    for (int32_t i = 0; i < n; i++) begin[i + 1] += begin[i];
}

/* Space for rows with the lengths in csr->begin; cursor[i] = start of row i. */
static starfmm_status make_rows(sfm_csr *csr, int32_t n, size_t **cursor)
{
    accumulate(csr->begin, n);
    csr->item = sfm_alloc(csr->begin[n], sizeof *csr->item);
    *cursor = sfm_alloc((size_t)n, sizeof **cursor);
    if (csr->item == NULL || *cursor == NULL) return no_memory(n);
    memcpy(*cursor, csr->begin, (size_t)n * sizeof **cursor);
    return STARFMM_OK;
}

/* W = transpose of X. */
static starfmm_status build_w(sfm_csr *w, const sfm_csr *x, int32_t n)
{
    w->begin = sfm_calloc((size_t)n + 1, sizeof *w->begin);
    if (w->begin == NULL) return no_memory(n);
    for (size_t i = 0; i < x->begin[n]; i++) w->begin[x->item[i] + 1]++;
    size_t *cursor = NULL;
    starfmm_status status = make_rows(w, n, &cursor);
    if (status == STARFMM_OK)
        for (int32_t b = 0; b < n; b++)
            for (size_t i = x->begin[b]; i < x->begin[b + 1]; i++)
                w->item[cursor[x->item[i]]++] = b;
    sfm_free(cursor);
    return status;
}

static void count_u(size_t *begin, const sfm_lists *lists, const sfm_csr *coarse,
                    const sfm_tree *tree)
{
    const sfm_csr *near = &lists->colleagues;
    for (int32_t b = 0; b < tree->n_nodes; b++) {
        if (!sfm_tree_is_leaf(tree, b)) continue;
        for (size_t i = near->begin[b]; i < near->begin[b + 1]; i++)
            begin[b + 1] += sfm_tree_is_leaf(tree, near->item[i]);
        begin[b + 1] += coarse->begin[b + 1] - coarse->begin[b];
        for (size_t i = coarse->begin[b]; i < coarse->begin[b + 1]; i++)
            begin[coarse->item[i] + 1]++;
    }
}

/* Rows come out ascending: coarser leaves, then those of the level, and then, as their turn
 * comes, finer leaves, which have higher indices than the row. */
static void fill_u(sfm_csr *u, size_t *cursor, const sfm_csr *near, const sfm_csr *coarse,
                   const sfm_tree *tree)
{
    for (int32_t b = 0; b < tree->n_nodes; b++) {
        if (!sfm_tree_is_leaf(tree, b)) continue;
        for (size_t i = coarse->begin[b]; i < coarse->begin[b + 1]; i++) {
            u->item[cursor[b]++] = coarse->item[i];
            u->item[cursor[coarse->item[i]]++] = b;
        }
        for (size_t i = near->begin[b]; i < near->begin[b + 1]; i++)
            if (sfm_tree_is_leaf(tree, near->item[i])) u->item[cursor[b]++] = near->item[i];
    }
}

static starfmm_status build_u(sfm_lists *lists, const sfm_csr *coarse, const sfm_tree *tree)
{
    sfm_csr *u = &lists->u;
    u->begin = sfm_calloc((size_t)tree->n_nodes + 1, sizeof *u->begin);
    if (u->begin == NULL) return no_memory(tree->n_nodes);
    count_u(u->begin, lists, coarse, tree);
    size_t *cursor = NULL;
    starfmm_status status = make_rows(u, tree->n_nodes, &cursor);
    if (status == STARFMM_OK) fill_u(u, cursor, &lists->colleagues, coarse, tree);
    sfm_free(cursor);
    return status;
}

/* ---- the interface ----------------------------------------------------------------- */

static starfmm_status build(sfm_lists *lists, builder *b)
{
    int32_t n = b->tree->n_nodes;
    SFM_TRY(descend(b));
    SFM_TRY(rows_finish(&b->colleagues, &lists->colleagues, n));
    SFM_TRY(rows_finish(&b->x, &lists->x, n));
    SFM_TRY(build_w(&lists->w, &lists->x, n));
    return build_u(lists, &b->coarse.csr, b->tree);
}

starfmm_status sfm_lists_build(sfm_lists *lists, const sfm_tree *tree)
{
    *lists = (sfm_lists){0};
    builder b = {.tree = tree};
    starfmm_status status = build(lists, &b);
    csr_free(&b.colleagues.csr);
    csr_free(&b.coarse.csr);
    csr_free(&b.x.csr);
    sfm_free(b.octants);
    if (status != STARFMM_OK) sfm_lists_free(lists);
    return status;
}

void sfm_lists_free(sfm_lists *lists)
{
    csr_free(&lists->colleagues);
    csr_free(&lists->u);
    csr_free(&lists->w);
    csr_free(&lists->x);
}

int sfm_lists_v(const sfm_lists *lists, const sfm_tree *tree, int32_t node,
                int32_t v[SFM_MAX_V])
{
    int32_t parent = tree->parent[node];
    if (parent < 0) return 0;
    int n = 0, octant = sfm_key_octant(tree->key[node]);
    const sfm_csr *near = &lists->colleagues;
    for (size_t i = near->begin[parent]; i < near->begin[parent + 1]; i++) {
        int32_t c = near->item[i];
        if (sfm_tree_is_leaf(tree, c)) continue;
        unsigned adjacent = 0;
        if (touching(tree->key[parent], tree->key[c]) >> octant & 1)
            adjacent = touching(tree->key[c], tree->key[parent]);
        for (int j = 0; j < tree->n_children[c]; j++) {
            int32_t child = tree->first_child[c] + j;
            if (!(adjacent >> sfm_key_octant(tree->key[child]) & 1)) v[n++] = child;
        }
    }
    return n;
}
