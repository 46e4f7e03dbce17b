/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lists top-down, one sibling set (the children of one node P) after the other.  Beside the
 * colleagues, every node B has its coarse leaves K(B): the leaves of lower levels adjacent
 * to B.  For a child B of P, with  C = K(P) + the leaves among colleagues(P),  which are all
 * leaves coarser than B that are adjacent to P:
 *
 *   colleagues(B) = children of colleagues(P) that are adjacent to B
 *   K(B)          = members of C that are adjacent to B
 *   X(B)          = members of C that are not
 *
 * A member A of C that is not adjacent to B is adjacent to P = parent(B), so B is in W(A),
 * whether B is a leaf or not, however much coarser A is.  For leaves B, descending from the
 * inner nodes among colleagues(B) as long as they are adjacent to B:
 *
 *   W(B) = the children of these that are not adjacent to B
 *   U(B) = K(B) + the leaves among colleagues(B) + the leaves met while descending
 *
 * So every row is made from rows of the level above, and rows of a level side by side.
 *
 * Adjacency is read off octant masks: A lies in one of 27 directions from the cell of its
 * level round P, and that alone tells which octants of P touch it.
 */
#include "tree/lists.h"

#include <string.h>

#include "base/memory.h"

/* Cells round a cell: no more disjoint nodes of its level or coarser can be adjacent. */
#define N_NEIGHBOURS 26
#define LONGEST_ROW (N_NEIGHBOURS + 1)

/* Rows that are made side by side: those of a range of nodes begin at LONGEST_ROW times its
 * first row, so that no range waits for the lengths of others, and memory between them is
 * never touched. */
typedef struct rows {
    int32_t *item;  /* [n_nodes][LONGEST_ROW] at most */
    size_t *begin;  /* [n_nodes] */
    uint8_t *count; /* [n_nodes] */
} rows;

/* An inner colleague of P as seen from P. */
typedef struct inner_colleague {
    int32_t first_child;
    uint8_t octants; /* its children that exist */
    uint8_t near;    /* octants of P that touch it */
    uint8_t facing;  /* its octants that touch P */
} inner_colleague;

/* A leaf adjacent to P, of P's level or coarser: a member of C. */
typedef struct adjacent_leaf {
    int32_t leaf;
    uint8_t near; /* octants of P that touch it */
} adjacent_leaf;

/* What lies round P; leaves ascending. */
typedef struct surroundings {
    int n_inner, n_leaves;
    inner_colleague inner[N_NEIGHBOURS + 1];
    adjacent_leaf leaves[N_NEIGHBOURS];
} surroundings;

typedef struct builder {
    const sfm_tree *tree;
    sfm_lists *lists;
    uint8_t *octants; /* [n_nodes] children that exist */
    rows colleagues, coarse, x;
    int32_t first; /* node of the loop over a level */
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

/* ---- colleagues, coarse leaves and X, top-down --------------------------------------- */

static starfmm_status create_rows(rows *r, int32_t n_nodes)
{
    size_t n = (size_t)n_nodes;
    r->item = sfm_alloc_sparse(n * LONGEST_ROW, sizeof *r->item);
    r->begin = sfm_alloc(n, sizeof *r->begin);
    r->count = sfm_alloc(n, sizeof *r->count);
    return r->item && r->begin && r->count ? STARFMM_OK : no_memory(n_nodes);
}

static void free_rows(rows *r)
{
    sfm_free(r->item);
    sfm_free(r->begin);
    sfm_free(r->count);
}

static void find_octants(void *arg, size_t begin, size_t end)
{
    builder *b = arg;
    const sfm_tree *t = b->tree;
    for (size_t i = begin; i < end; i++) {
        unsigned mask = 0;
        for (int c = 0; c < t->n_children[i]; c++)
            mask |= 1u << sfm_key_octant(t->key[t->first_child[i] + c]);
        b->octants[i] = (uint8_t)mask;
    }
}

/* What lies round the inner node p. */
static void look_round(const builder *b, int32_t p, surroundings *s)
{
    const sfm_tree *t = b->tree;
    s->n_inner = s->n_leaves = 0;
    const int32_t *row = b->coarse.item + b->coarse.begin[p];
    for (int i = 0; i < b->coarse.count[p]; i++)
        s->leaves[s->n_leaves++] =
            (adjacent_leaf){row[i], touching(t->key[p], t->key[row[i]])};
    row = b->colleagues.item + b->colleagues.begin[p];
    for (int i = 0; i < b->colleagues.count[p]; i++) {
        int32_t c = row[i];
        uint8_t near = touching(t->key[p], t->key[c]);
        if (sfm_tree_is_leaf(t, c))
            s->leaves[s->n_leaves++] = (adjacent_leaf){c, near};
        else
            s->inner[s->n_inner++] = (inner_colleague){
                t->first_child[c], b->octants[c], near, touching(t->key[c], t->key[p])};
    }
}

static void end_row(rows *r, int32_t node, size_t begin, size_t end)
{
    r->begin[node] = begin;
    r->count[node] = (uint8_t)(end - begin);
}

/* Where the next item of each list goes. */
typedef struct cursor {
    size_t colleagues, coarse, x;
} cursor;

/* The rows of a child of the node looked round from. */
static void add_child_rows(builder *b, const surroundings *s, int32_t child, cursor *at)
{
    const cursor begin = *at;
    int octant = sfm_key_octant(b->tree->key[child]);
    for (int i = 0; i < s->n_inner; i++) {
        const inner_colleague *c = &s->inner[i];
        if (!(c->near >> octant & 1)) continue;
        unsigned octants = c->octants;
        for (unsigned m = octants & c->facing; m != 0; m &= m - 1)
            b->colleagues.item[at->colleagues++] =
                c->first_child + sfm_count_octants(octants & ((m & -m) - 1));
    }
    for (int i = 0; i < s->n_leaves; i++)
        if (s->leaves[i].near >> octant & 1)
            b->coarse.item[at->coarse++] = s->leaves[i].leaf;
        else
            b->x.item[at->x++] = s->leaves[i].leaf;
    end_row(&b->colleagues, child, begin.colleagues, at->colleagues);
    end_row(&b->coarse, child, begin.coarse, at->coarse);
    end_row(&b->x, child, begin.x, at->x);
}

/* The rows of the children of a range of a level's nodes. */
static void add_sibling_sets(void *arg, size_t begin, size_t end)
{
    builder *b = arg;
    const sfm_tree *t = b->tree;
    surroundings s;
    cursor at;
    int begun = 0;
    for (int32_t p = b->first + (int32_t)begin; p < b->first + (int32_t)end; p++) {
        if (sfm_tree_is_leaf(t, p)) continue;
        size_t room = LONGEST_ROW * (size_t)t->first_child[p];
        if (!begun++) at = (cursor){room, room, room};
        look_round(b, p, &s);
        for (int c = 0; c < t->n_children[p]; c++)
            add_child_rows(b, &s, t->first_child[p] + c, &at);
    }
}

/* ---- U and W ----------------------------------------------------------------------- */

/* A row that is counted or, where there is an item array, filled. */
typedef struct row {
    int32_t *item;
    size_t n;
} row;

static void add_member(row *r, int32_t node)
{
    if (r->item) r->item[r->n] = node;
    r->n++;
}

/* Members of U and W of the leaf b that lie `below` levels below the children of `node`, an
 * inner node adjacent to b.  Returns whether there are nodes to descend to still further. */
static int add_finer(const sfm_tree *t, int32_t b, int32_t node, int below, row *u, row *w)
{
    unsigned adjacent = touching(t->key[node], t->key[b]);
    int deeper = 0;
    for (int i = 0; i < t->n_children[node]; i++) {
        int32_t child = t->first_child[node] + i;
        int near = adjacent >> sfm_key_octant(t->key[child]) & 1;
        int leaf = sfm_tree_is_leaf(t, child);
        if (below == 0 && (leaf || !near)) add_member(near ? u : w, child);
        if (!near || leaf) continue;
        deeper |= below == 0 || add_finer(t, b, child, below - 1, u, w);
    }
    return deeper;
}

/* Rows of a leaf, ascending: coarser leaves, those of its level, then level by level. */
static void add_leaf_rows(const builder *b, int32_t leaf, row *u, row *w)
{
    const sfm_tree *t = b->tree;
    const int32_t *coarse = b->coarse.item + b->coarse.begin[leaf];
    const int32_t *near = b->colleagues.item + b->colleagues.begin[leaf];
    int n_near = b->colleagues.count[leaf], deeper = 0;
    for (int i = 0; i < b->coarse.count[leaf]; i++) add_member(u, coarse[i]);
    for (int i = 0; i < n_near; i++) {
        if (sfm_tree_is_leaf(t, near[i]))
            add_member(u, near[i]);
        else
            deeper = 1;
    }
    for (int below = 0; deeper; below++) {
        deeper = 0;
        for (int i = 0; i < n_near; i++)
            if (!sfm_tree_is_leaf(t, near[i]))
                deeper |= add_finer(t, leaf, near[i], below, u, w);
    }
}

static void count_rows(void *arg, size_t begin, size_t end)
{
    builder *b = arg;
    sfm_lists *l = b->lists;
    for (size_t i = begin; i < end; i++) {
        row u = {0}, w = {0};
        if (b->tree->n_children[i] == 0) add_leaf_rows(b, (int32_t)i, &u, &w);
        l->colleagues.begin[i + 1] = b->colleagues.count[i];
        l->x.begin[i + 1] = b->x.count[i];
        l->u.begin[i + 1] = u.n;
        l->w.begin[i + 1] = w.n;
    }
}

static void copy_row(sfm_csr *to, const rows *from, size_t i)
{
    memcpy(to->item + to->begin[i], from->item + from->begin[i],
           from->count[i] * sizeof *to->item);
}

static void fill_rows(void *arg, size_t begin, size_t end)
{
    builder *b = arg;
    sfm_lists *l = b->lists;
    for (size_t i = begin; i < end; i++) {
        row u = {l->u.item + l->u.begin[i], 0}, w = {l->w.item + l->w.begin[i], 0};
        if (b->tree->n_children[i] == 0) add_leaf_rows(b, (int32_t)i, &u, &w);
        copy_row(&l->colleagues, &b->colleagues, i);
        copy_row(&l->x, &b->x, i);
    }
}

/* ---- the interface ----------------------------------------------------------------- */

static starfmm_status build_lists(builder *b, sfm_helpers *helpers)
{
    const sfm_tree *t = b->tree;
    size_t n = (size_t)t->n_nodes;
    sfm_csr *all[4] = {&b->lists->colleagues, &b->lists->u, &b->lists->w, &b->lists->x};
    b->octants = sfm_alloc(n, sizeof *b->octants);
    if (!b->octants) return no_memory(t->n_nodes);
    SFM_TRY(create_rows(&b->colleagues, t->n_nodes));
    SFM_TRY(create_rows(&b->coarse, t->n_nodes));
    SFM_TRY(create_rows(&b->x, t->n_nodes));
    sfm_parallel_for(helpers, n, SFM_GRAIN_NODES, find_octants, b);
    b->colleagues.item[0] = 0; /* the root has itself and nothing else */
    end_row(&b->colleagues, 0, 0, 1);
    end_row(&b->coarse, 0, 0, 0);
    end_row(&b->x, 0, 0, 0);
    for (int l = 0; l < t->depth; l++) {
        b->first = t->level_begin[l];
        sfm_parallel_for(helpers, (size_t)(t->level_begin[l + 1] - b->first),
                         SFM_GRAIN_NODES, add_sibling_sets, b);
    }
    for (int k = 0; k < 4; k++) {
        all[k]->begin = sfm_alloc(n + 1, sizeof *all[k]->begin);
        if (!all[k]->begin) return no_memory(t->n_nodes);
    }
    sfm_parallel_for(helpers, n, SFM_GRAIN_NODES, count_rows, b);
    for (int k = 0; k < 4; k++) { /* from begin[i + 1] = length of row i to its end */
        all[k]->begin[0] = 0;
        for (size_t i = 0; i < n; i++) all[k]->begin[i + 1] += all[k]->begin[i];
        all[k]->item = sfm_alloc(all[k]->begin[n], sizeof *all[k]->item);
        if (!all[k]->item) return no_memory(t->n_nodes);
    }
    sfm_parallel_for(helpers, n, SFM_GRAIN_NODES, fill_rows, b);
    return STARFMM_OK;
}

starfmm_status sfm_lists_build(sfm_lists *lists, const sfm_tree *tree, sfm_helpers *helpers)
{
    *lists = (sfm_lists){0};
    builder b = {.tree = tree, .lists = lists};
    starfmm_status status = build_lists(&b, helpers);
    free_rows(&b.colleagues);
    free_rows(&b.coarse);
    free_rows(&b.x);
    sfm_free(b.octants);
    if (status != STARFMM_OK) sfm_lists_free(lists);
    return status;
}

void sfm_lists_free(sfm_lists *lists)
{
    sfm_csr *all[4] = {&lists->colleagues, &lists->u, &lists->w, &lists->x};
    for (int k = 0; k < 4; k++) {
        sfm_free(all[k]->begin);
        sfm_free(all[k]->item);
    }
    *lists = (sfm_lists){0};
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
