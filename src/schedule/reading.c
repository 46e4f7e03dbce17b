/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading lists are made in two passes over the same walk, each node (and later each group)
 * by itself: the first pass counts, the second fills. */
#include "schedule/reading.h"

#include <string.h>

#include "base/memory.h"

/* ---- rows ---------------------------------------------------------------------------- */

typedef struct row_pass {
    const sfm_tree *tree;
    const sfm_lists *lists;
    size_t limit; /* points up to which direct summation is preferred */
    int mutual;   /* a near row begins at the leaf itself */
    int fill;     /* the second pass */
    sfm_reading *near, *m2p, *p2l;
} row_pass;

/* A row under construction; counting, item is NULL.  Members below `from` are not its. */
typedef struct row {
    int32_t *item;
    size_t n;
    int32_t from;
} row;

static void add_item(row *r, int32_t source)
{
    if (source < r->from) return;
    if (r->item) r->item[r->n] = source;
    r->n++;
}

static void add_source_leaves(const sfm_tree *t, row *near, int32_t source)
{
    if (t->src.count[source] == 0) return;
    if (sfm_tree_is_leaf(t, source)) {
        add_item(near, source);
        return;
    }
    for (int32_t c = 0; c < t->n_children[source]; c++)
        add_source_leaves(t, near, t->first_child[source] + c);
}

/* The sources of X(b). */
static void add_x(const row_pass *w, int32_t b, row *to)
{
    const sfm_csr *x = &w->lists->x;
    for (size_t k = x->begin[b]; k < x->begin[b + 1]; k++)
        if (w->tree->src.count[x->item[k]] != 0) add_item(to, x->item[k]);
}

/* X of the leaf's ancestors, from the top, that hold too few targets for an expansion. */
static void add_x_above(const row_pass *w, int32_t leaf, row *near)
{
    const sfm_tree *t = w->tree;
    int32_t above[SFM_MAX_DEPTH];
    int n = 0;
    for (int32_t a = t->parent[leaf]; a >= 0 && t->trg.count[a] <= w->limit;
         a = t->parent[a])
        above[n++] = a;
    while (n > 0) add_x(w, above[--n], near);
}

static void walk_leaf(const row_pass *w, int32_t b, row *near, row *m2p)
{
    const sfm_tree *t = w->tree;
    const sfm_lists *l = w->lists;
    add_x_above(w, b, near);
    for (size_t k = l->u.begin[b]; k < l->u.begin[b + 1]; k++)
        if (t->src.count[l->u.item[k]] != 0) add_item(near, l->u.item[k]);
    for (size_t k = l->w.begin[b]; k < l->w.begin[b + 1]; k++) {
        int32_t a = l->w.item[k];
        if (t->src.count[a] <= w->limit)
            add_source_leaves(t, near, a);
        else
            add_item(m2p, a);
    }
    if (t->trg.count[b] <= w->limit) add_x(w, b, near);
}

static void walk_node(const row_pass *w, int32_t b, row *near, row *m2p, row *p2l)
{
    const sfm_tree *t = w->tree;
    if (t->trg.count[b] == 0) return;
    if (sfm_tree_is_leaf(t, b)) walk_leaf(w, b, near, m2p);
    if (t->trg.count[b] > w->limit) add_x(w, b, p2l);
}

static row open_row(const row_pass *w, const sfm_csr *csr, int32_t b)
{
    return (row){w->fill ? csr->item + csr->begin[b] : NULL, 0, 0};
}

static void walk_nodes(void *pass, size_t begin, size_t end)
{
    const row_pass *w = pass;
    for (int32_t b = (int32_t)begin; b < (int32_t)end; b++) {
        row near = open_row(w, &w->near->csr, b), m2p = open_row(w, &w->m2p->csr, b),
            p2l = open_row(w, &w->p2l->csr, b);
        if (w->mutual) near.from = b;
        walk_node(w, b, &near, &m2p, &p2l);
        if (w->fill) continue;
        w->near->csr.begin[b + 1] = near.n;
        w->m2p->csr.begin[b + 1] = m2p.n;
        w->p2l->csr.begin[b + 1] = p2l.n;
    }
}

starfmm_status sfm_reading_allocate_rows(sfm_reading *reading, int32_t n_rows)
{
    sfm_csr *csr = &reading->csr;
    csr->begin[0] = 0;
    for (int32_t i = 0; i < n_rows; i++) csr->begin[i + 1] += csr->begin[i];
    csr->item = sfm_alloc(csr->begin[n_rows], sizeof *csr->item);
    if (csr->item) return STARFMM_OK;
    return sfm_fail(STARFMM_ENOMEM, "no memory for %zu interactions", csr->begin[n_rows]);
}

starfmm_status sfm_reading_build_rows(sfm_reading *near, sfm_reading *m2p, sfm_reading *p2l,
                                      const sfm_tree *tree, const sfm_lists *lists,
                                      size_t limit, int mutual, sfm_helpers *helpers)
{
    sfm_reading *all[3] = {near, m2p, p2l};
    size_t n = (size_t)tree->n_nodes;
    row_pass w = {tree, lists, limit, mutual, 0, near, m2p, p2l};
    for (int k = 0; k < 3; k++) {
        all[k]->csr.begin = sfm_alloc(n + 1, sizeof(size_t));
        if (!all[k]->csr.begin)
            return sfm_fail(STARFMM_ENOMEM, "no memory for the lists of %zu nodes", n);
    }
    sfm_parallel_for(helpers, n, SFM_GRAIN_NODES, walk_nodes, &w);
    for (int k = 0; k < 3; k++) SFM_TRY(sfm_reading_allocate_rows(all[k], tree->n_nodes));
    w.fill = 1;
    sfm_parallel_for(helpers, n, SFM_GRAIN_NODES, walk_nodes, &w);
    return STARFMM_OK;
}

/* ---- slots --------------------------------------------------------------------------- */

typedef struct slot_pass {
    sfm_reading *r;
    const sfm_groups *targets, *read;
    int fill;   /* the second pass */
    int failed; /* no memory for the marks of a range */
} slot_pass;

/* Number the groups that a group reads, in the order of first use.  slot_of[read group] is
 * the slot once owner[] says that the group was seen for this one. */
static void assign_group(const slot_pass *a, int32_t g, int32_t *owner, int32_t *slot_of)
{
    sfm_reading *r = a->r;
    const sfm_group *target = &a->targets->group[g];
    const size_t *begin = r->csr.begin + target->first;
    int32_t n = 0;
    sfm_work *w = &r->group[g];
    for (size_t k = begin[0]; k < begin[target->count]; k++) {
        int32_t read = a->read->of_node[r->csr.item[k]];
        if (owner[read] != g) {
            owner[read] = g;
            slot_of[read] = n;
            if (a->fill) w->slot_group[n] = read;
            n++;
        }
        if (a->fill) r->slot[k] = slot_of[read];
    }
    if (a->fill) return;
    *w = (sfm_work){n, NULL, begin, r->csr.item, r->slot, 0};
    for (int32_t i = 0; i < target->count; i++)
        if ((int32_t)(begin[i + 1] - begin[i]) > w->longest)
            w->longest = (int32_t)(begin[i + 1] - begin[i]);
}

static void assign_groups(void *pass, size_t begin, size_t end)
{
    slot_pass *a = pass;
    size_t read = (size_t)a->read->n;
    int32_t *owner = sfm_alloc(2 * read, sizeof *owner);
    if (!owner) {
        __atomic_store_n(&a->failed, 1, __ATOMIC_RELAXED);
        return;
    }
    memset(owner, 0xff, read * sizeof *owner);
    for (size_t g = begin; g < end; g++) assign_group(a, (int32_t)g, owner, owner + read);
    sfm_free(owner);
}

starfmm_status sfm_reading_assign_slots(sfm_reading *r, const sfm_groups *targets,
                                        int32_t n_rows, const sfm_groups *read,
                                        sfm_helpers *helpers)
{
    size_t total = 0, items = r->csr.begin[n_rows], n = (size_t)targets->n;
    /* Each range has marks of its own. */
    size_t grain = n / (4 * sfm_helpers_size(helpers)) + 1;
    slot_pass a = {r, targets, read, 0, 0};
    r->group = sfm_alloc(n, sizeof *r->group);
    r->slot = sfm_alloc(items, sizeof *r->slot);
    if (!r->group || !r->slot)
        return sfm_fail(STARFMM_ENOMEM, "no memory for the slots of %zu interactions",
                        items);
    sfm_parallel_for(helpers, n, grain, assign_groups, &a);
    for (size_t g = 0; !a.failed && g < n; g++) total += (size_t)r->group[g].n_slots;
    r->slots = sfm_alloc(total, sizeof *r->slots);
    if (a.failed || !r->slots)
        return sfm_fail(STARFMM_ENOMEM, "no memory for %zu slots of %zu groups", total, n);
    total = 0;
    for (size_t g = 0; g < n; g++) {
        r->group[g].slot_group = r->slots + total;
        total += (size_t)r->group[g].n_slots;
    }
    a.fill = 1;
    sfm_parallel_for(helpers, n, grain, assign_groups, &a);
    if (!a.failed) return STARFMM_OK;
    return sfm_fail(STARFMM_ENOMEM, "no memory for the slots of %zu groups", n);
}

void sfm_reading_free(sfm_reading *r)
{
    sfm_free(r->csr.begin);
    sfm_free(r->csr.item);
    sfm_free(r->slot);
    sfm_free(r->slots);
    sfm_free(r->group);
    *r = (sfm_reading){0};
}

size_t sfm_reading_bytes(const sfm_reading *r, int32_t n_rows, int32_t n_groups)
{
    size_t items = r->csr.begin[n_rows], slots = 0;
    for (int32_t g = 0; g < n_groups; g++) slots += (size_t)r->group[g].n_slots;
    return ((size_t)n_rows + 1) * sizeof *r->csr.begin + items * sizeof *r->csr.item +
           items * sizeof *r->slot + slots * sizeof *r->slots +
           (size_t)n_groups * sizeof *r->group;
}
