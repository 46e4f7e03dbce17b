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
 * and for leaves B, descending from the inner nodes among colleagues(B) as long as they are
 * adjacent to B,
 *
 *   W(B)          = the children of these that are not adjacent to B
 *   U(B)          = K(B) + the leaves among colleagues(B) + the leaves met while descending
 *
 * So every row is made from rows of the level above, and rows of a level side by side.
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
#define LONGEST_ROW (N_NEIGHBOURS + 1)

/* Rows that are made in parts: a part may begin at LONGEST_ROW times its first row, so that
 * none waits for the lengths of others, and memory between parts is never touched. */
typedef struct rows {
    int32_t *item;  /* [n_nodes][LONGEST_ROW] at most */
    size_t *begin;  /* [n_nodes] */
    uint8_t *count; /* [n_nodes] */
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
    sfm_helpers *helpers;
    uint8_t *octants; /* [n_nodes] children that exist */
    rows colleagues, coarse, x;
    int32_t first; /* node of the loop under way */
    sfm_lists *lists;
} builder;

/* Where the next item of each list goes. */
typedef struct cursor {
    size_t colleagues, coarse, x;
} cursor;

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

static starfmm_status rows_create(rows *r, int32_t n_nodes)
{
    size_t n = (size_t)n_nodes;
    r->item = sfm_alloc_sparse(n * LONGEST_ROW, sizeof *r->item);
    r->begin = sfm_alloc(n, sizeof *r->begin);
    r->count = sfm_alloc(n, sizeof *r->count);
    if (!r->item || !r->begin || !r->count) return no_memory(n_nodes);
    return STARFMM_OK;
}

static void rows_free(rows *r)
{
    sfm_free(r->item);
    sfm_free(r->begin);
    sfm_free(r->count);
}

static void csr_free(sfm_csr *csr)
{
    sfm_free(csr->begin);
    sfm_free(csr->item);
    *csr = (sfm_csr){0};
}

/* Call fn for ranges of the nodes [first, end), counted from first. */
static void share(builder *b, int32_t first, int32_t end, sfm_range_fn fn)
{
    b->first = first;
    sfm_parallel_for(b->helpers, (size_t)(end - first), SFM_GRAIN_NODES, fn, b);
}

/* begin[i + 1] = length of row i  ->  begin[i] = start of row i, and room for all. */
static starfmm_status open_rows(sfm_csr *csr, int32_t n)
{
    csr->begin[0] = 0;
    for (int32_t i = 0; i < n; i++) csr->begin[i + 1] += csr->begin[i];
    csr->item = sfm_alloc(csr->begin[n], sizeof *csr->item);
    return csr->item ? STARFMM_OK : no_memory(n);
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
    const int32_t *row = b->coarse.item + b->coarse.begin[p];
    for (int i = 0; i < b->coarse.count[p]; i++)
        s->candidates[s->n_candidates++] =
            (candidate){row[i], touching(t->key[p], t->key[row[i]])};
    row = b->colleagues.item + b->colleagues.begin[p];
    for (int i = 0; i < b->colleagues.count[p]; i++) {
        int32_t c = row[i];
        uint8_t near = touching(t->key[p], t->key[c]);
        if (sfm_tree_is_leaf(t, c))
            s->candidates[s->n_candidates++] = (candidate){c, near};
        else
            s->families[s->n_families++] = (family){t->first_child[c], b->octants[c], near,
                                                    touching(t->key[c], t->key[p])};
    }
}

static void end_row(rows *r, int32_t node, size_t begin, size_t end)
{
    r->begin[node] = begin;
    r->count[node] = (uint8_t)(end - begin);
}

/* The rows of a child of the node looked round from. */
static void add_child(builder *b, const scene *s, int32_t child, cursor *at)
{
    const cursor begin = *at;
    int octant = sfm_key_octant(b->tree->key[child]);
    for (int i = 0; i < s->n_families; i++) {
        const family *f = &s->families[i];
        if (!(f->near >> octant & 1)) continue;
        unsigned octants = f->octants;
        for (unsigned m = octants & f->facing; m != 0; m &= m - 1)
            b->colleagues.item[at->colleagues++] =
                f->first_child + sfm_count_octants(octants & ((m & -m) - 1));
    }
    for (int i = 0; i < s->n_candidates; i++)
        if (s->candidates[i].near >> octant & 1)
            b->coarse.item[at->coarse++] = s->candidates[i].leaf;
        else
            b->x.item[at->x++] = s->candidates[i].leaf;
    end_row(&b->colleagues, child, begin.colleagues, at->colleagues);
    end_row(&b->coarse, child, begin.coarse, at->coarse);
    end_row(&b->x, child, begin.x, at->x);
}

/* The rows of the children of a part of a level's nodes. */
static void add_families(void *arg, size_t begin, size_t end)
{
    builder *b = arg;
    const sfm_tree *t = b->tree;
    scene s;
    cursor at;
    int begun = 0;
    for (int32_t p = b->first + (int32_t)begin; p < b->first + (int32_t)end; p++) {
        if (sfm_tree_is_leaf(t, p)) continue;
        size_t room = LONGEST_ROW * (size_t)t->first_child[p];
        if (!begun++) at = (cursor){room, room, room};
        look_round(b, p, &s);
        for (int c = 0; c < t->n_children[p]; c++)
            add_child(b, &s, t->first_child[p] + c, &at);
    }
}

static void find_octants(void *arg, size_t begin, size_t end)
{
    builder *b = arg;
    for (int32_t i = (int32_t)begin; i < (int32_t)end; i++)
        b->octants[i] = octants_of(b->tree, i);
}

static starfmm_status descend(builder *b)
{
    const sfm_tree *t = b->tree;
    b->octants = sfm_alloc((size_t)t->n_nodes, sizeof *b->octants);
    if (b->octants == NULL) return no_memory(t->n_nodes);
    SFM_TRY(rows_create(&b->colleagues, t->n_nodes));
    SFM_TRY(rows_create(&b->coarse, t->n_nodes));
    SFM_TRY(rows_create(&b->x, t->n_nodes));
    share(b, 0, t->n_nodes, find_octants);
    b->colleagues.item[0] = 0; /* the root has itself and nothing else */
    end_row(&b->colleagues, 0, 0, 1);
    end_row(&b->coarse, 0, 0, 0);
    end_row(&b->x, 0, 0, 0);
    for (int l = 0; l < t->depth; l++)
        share(b, t->level_begin[l], t->level_begin[l + 1], add_families);
    return STARFMM_OK;
}

/* ---- U and W ----------------------------------------------------------------------- */

/* A row that is counted or, where there is an item array, filled. */
typedef struct row {
    int32_t *item;
    size_t n;
} row;

static void add(row *r, int32_t node)
{
    if (r->item) r->item[r->n] = node;
    r->n++;
}

/* Members of U and W of the leaf b that lie `below` levels below the children of `node`, an
 * inner node adjacent to b.  Returns whether there are nodes to descend to still further.
 */
static int add_finer(const builder *bu, int32_t b, int32_t node, int below, row *u, row *w)
{
    const sfm_tree *t = bu->tree;
    unsigned adjacent = touching(t->key[node], t->key[b]);
    int deeper = 0;
    for (int i = 0; i < t->n_children[node]; i++) {
        int32_t child = t->first_child[node] + i;
        int near = adjacent >> sfm_key_octant(t->key[child]) & 1;
        int leaf = sfm_tree_is_leaf(t, child);
        if (below == 0 && (leaf || !near)) add(near ? u : w, child);
        if (!near || leaf) continue;
        deeper |= below == 0 || add_finer(bu, b, child, below - 1, u, w);
    }
    return deeper;
}

/* Rows of the leaf b, ascending: coarser leaves, those of its level, then level by level.
 */
static void add_rows(const builder *bu, int32_t b, row *u, row *w)
{
    const sfm_tree *t = bu->tree;
    const int32_t *coarse = bu->coarse.item + bu->coarse.begin[b];
    const int32_t *near = bu->colleagues.item + bu->colleagues.begin[b];
    int n_near = bu->colleagues.count[b], deeper = 0;
    for (int i = 0; i < bu->coarse.count[b]; i++) add(u, coarse[i]);
    for (int i = 0; i < n_near; i++) {
        if (sfm_tree_is_leaf(t, near[i]))
            add(u, near[i]);
        else
            deeper = 1;
    }
    for (int below = 0; deeper; below++) {
        deeper = 0;
        for (int i = 0; i < n_near; i++)
            if (!sfm_tree_is_leaf(t, near[i]))
                deeper |= add_finer(bu, b, near[i], below, u, w);
    }
}

static void count_rows(void *arg, size_t begin, size_t end)
{
    builder *b = arg;
    sfm_lists *l = b->lists;
    for (int32_t i = (int32_t)begin; i < (int32_t)end; i++) {
        row u = {0}, w = {0};
        if (sfm_tree_is_leaf(b->tree, i)) add_rows(b, i, &u, &w);
        l->colleagues.begin[i + 1] = b->colleagues.count[i];
        l->x.begin[i + 1] = b->x.count[i];
        l->u.begin[i + 1] = u.n;
        l->w.begin[i + 1] = w.n;
    }
}

static void fill_rows(void *arg, size_t begin, size_t end)
{
    builder *b = arg;
    sfm_lists *l = b->lists;
    for (int32_t i = (int32_t)begin; i < (int32_t)end; i++) {
        row u = {l->u.item + l->u.begin[i], 0}, w = {l->w.item + l->w.begin[i], 0};
        if (sfm_tree_is_leaf(b->tree, i)) add_rows(b, i, &u, &w);
        memcpy(l->colleagues.item + l->colleagues.begin[i],
               b->colleagues.item + b->colleagues.begin[i],
               b->colleagues.count[i] * sizeof(int32_t));
        memcpy(l->x.item + l->x.begin[i], b->x.item + b->x.begin[i],
               b->x.count[i] * sizeof(int32_t));
    }
}

/* ---- the interface ----------------------------------------------------------------- */

static starfmm_status build(builder *b)
{
    int32_t n = b->tree->n_nodes;
    sfm_csr *all[4] = {&b->lists->colleagues, &b->lists->u, &b->lists->w, &b->lists->x};
    SFM_TRY(descend(b));
    for (int k = 0; k < 4; k++) {
        all[k]->begin = sfm_alloc((size_t)n + 1, sizeof *all[k]->begin);
        if (!all[k]->begin) return no_memory(n);
    }
    share(b, 0, n, count_rows);
    for (int k = 0; k < 4; k++) SFM_TRY(open_rows(all[k], n));
    share(b, 0, n, fill_rows);
    return STARFMM_OK;
}

starfmm_status sfm_lists_build(sfm_lists *lists, const sfm_tree *tree, sfm_helpers *helpers)
{
    *lists = (sfm_lists){0};
    builder b = {.tree = tree, .helpers = helpers, .lists = lists};
    starfmm_status status = build(&b);
    rows_free(&b.colleagues);
    rows_free(&b.coarse);
    rows_free(&b.x);
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
