/* SPDX-License-Identifier: BSD-3-Clause */
#include "schedule/interactions.h"

#include <stdatomic.h>
#include <string.h>

#include "base/memory.h"

/* Rows are built in two passes over the same walk, count, then fill, each node by itself.
 */
typedef struct walk {
    const sfm_tree *tree;
    const sfm_lists *lists;
    size_t limit; /* points up to which direct summation is preferred */
    int fill;
    sfm_reading *near, *m2p, *p2l;
} walk;

/* A row under construction; counting, item is NULL.  Members below `from` are not its. */
typedef struct row {
    int32_t *item;
    size_t n;
    int32_t from;
} row;

static void add(row *r, int32_t source)
{
    if (source < r->from) return;
    if (r->item) r->item[r->n] = source;
    r->n++;
}

static void add_source_leaves(const sfm_tree *t, row *near, int32_t source)
{
    if (t->src.count[source] == 0) return;
    if (sfm_tree_is_leaf(t, source)) {
        add(near, source);
        return;
    }
    for (int32_t c = 0; c < t->n_children[source]; c++)
        add_source_leaves(t, near, t->first_child[source] + c);
}

/* The sources of X(b). */
static void add_x(const walk *w, int32_t b, row *to)
{
    const sfm_csr *x = &w->lists->x;
    for (size_t k = x->begin[b]; k < x->begin[b + 1]; k++)
        if (w->tree->src.count[x->item[k]] != 0) add(to, x->item[k]);
}

/* X of the leaf's ancestors, from the top, that hold too few targets for an expansion. */
static void add_x_above(const walk *w, int32_t leaf, row *near)
{
    const sfm_tree *t = w->tree;
    int32_t above[SFM_MAX_DEPTH];
    int n = 0;
    for (int32_t a = t->parent[leaf]; a >= 0 && t->trg.count[a] <= w->limit;
         a = t->parent[a])
        above[n++] = a;
    while (n > 0) add_x(w, above[--n], near);
}

static void walk_leaf(const walk *w, int32_t b, row *near, row *m2p)
{
    const sfm_tree *t = w->tree;
    const sfm_lists *l = w->lists;
    add_x_above(w, b, near);
    for (size_t k = l->u.begin[b]; k < l->u.begin[b + 1]; k++)
        if (t->src.count[l->u.item[k]] != 0) add(near, l->u.item[k]);
    for (size_t k = l->w.begin[b]; k < l->w.begin[b + 1]; k++) {
        int32_t a = l->w.item[k];
        if (t->src.count[a] <= w->limit)
            add_source_leaves(t, near, a);
        else
            add(m2p, a);
    }
    if (t->trg.count[b] <= w->limit) add_x(w, b, near);
}

static void walk_node(const walk *w, int32_t b, row *near, row *m2p, row *p2l)
{
    const sfm_tree *t = w->tree;
    if (t->trg.count[b] == 0) return;
    if (sfm_tree_is_leaf(t, b)) walk_leaf(w, b, near, m2p);
    if (t->trg.count[b] > w->limit) add_x(w, b, p2l);
}

static row open_row(const walk *w, const sfm_csr *csr, int32_t b)
{
    return (row){w->fill ? csr->item + csr->begin[b] : NULL, 0, 0};
}

static void walk_nodes(void *arg, size_t begin, size_t end)
{
    const walk *w = arg;
    for (int32_t b = (int32_t)begin; b < (int32_t)end; b++) {
        row near = open_row(w, &w->near->csr, b), m2p = open_row(w, &w->m2p->csr, b),
            p2l = open_row(w, &w->p2l->csr, b);
        /* One set: a pair is summed by its leaf of the smaller number (reactions.h). */
        if (w->tree->same_points) near.from = b;
        walk_node(w, b, &near, &m2p, &p2l);
        if (w->fill) continue;
        w->near->csr.begin[b + 1] = near.n;
        w->m2p->csr.begin[b + 1] = m2p.n;
        w->p2l->csr.begin[b + 1] = p2l.n;
    }
}

starfmm_status sfm_interactions_open(sfm_csr *csr, int32_t n)
{
    csr->begin[0] = 0;
    for (int32_t i = 0; i < n; i++) csr->begin[i + 1] += csr->begin[i];
    csr->item = sfm_alloc(csr->begin[n], sizeof *csr->item);
    return csr->item
               ? STARFMM_OK
               : sfm_fail(STARFMM_ENOMEM, "no memory for %zu interactions", csr->begin[n]);
}

starfmm_status sfm_interactions_build(sfm_fmm *fmm, const sfm_lists *lists,
                                      sfm_helpers *helpers)
{
    sfm_reading *all[3] = {&fmm->near, &fmm->m2p, &fmm->p2l};
    int32_t n = fmm->tree.n_nodes;
    walk w = {&fmm->tree, lists, (size_t)fmm->n_e, 0, all[0], all[1], all[2]};
    for (int k = 0; k < 3; k++) {
        all[k]->csr.begin = sfm_alloc((size_t)n + 1, sizeof(size_t));
        if (!all[k]->csr.begin)
            return sfm_fail(STARFMM_ENOMEM, "no memory for the lists of %d nodes", (int)n);
    }
    sfm_parallel_for(helpers, (size_t)n, SFM_GRAIN_NODES, walk_nodes, &w);
    for (int k = 0; k < 3; k++) SFM_TRY(sfm_interactions_open(&all[k]->csr, n));
    w.fill = 1;
    sfm_parallel_for(helpers, (size_t)n, SFM_GRAIN_NODES, walk_nodes, &w);
    return STARFMM_OK;
}

/* The reading lists' groups, in two passes again: the first one counts the slots. */
typedef struct assignment {
    const sfm_fmm *f;
    sfm_reading *r;
    int fill;
    atomic_int next;        /* group; whoever has marks takes it */
    int32_t n_read;         /* groups there are to read */
    int32_t *owner, *stamp; /* marks: [sharing][n_read] */
} assignment;

/* Number the groups that a group reads, in the order of first use.  stamp[n_groups] holds
 * the slot of a group once owner[] says that it was seen for this one. */
static void assign_group(const assignment *a, int32_t g, int32_t *owner, int32_t *stamp)
{
    const sfm_groups *groups = &a->f->groups;
    sfm_reading *r = a->r;
    const size_t *begin = r->csr.begin + groups->group[g].first;
    int32_t count = groups->group[g].count, n = 0;
    sfm_work *w = &r->group[g];
    for (size_t k = begin[0]; k < begin[count]; k++) {
        int32_t read = groups->of_node[r->csr.item[k]];
        if (owner[read] != g) {
            owner[read] = g;
            stamp[read] = n;
            if (a->fill) w->slot_group[n] = read;
            n++;
        }
        if (a->fill) r->slot[k] = stamp[read];
    }
    if (a->fill) return;
    *w = (sfm_work){n, NULL, begin, r->csr.item, r->slot, 0};
    for (int32_t i = 0; i < count; i++)
        if ((int32_t)(begin[i + 1] - begin[i]) > w->longest)
            w->longest = (int32_t)(begin[i + 1] - begin[i]);
}

static void assign_with_marks(void *arg, size_t first, size_t end)
{
    assignment *a = arg;
    size_t read = (size_t)a->n_read;
    int32_t *owner = a->owner + first * read, *stamp = a->stamp + first * read;
    (void)end;
    memset(owner, 0xff, read * sizeof *owner);
    for (int32_t g; (g = atomic_fetch_add(&a->next, 1)) < a->f->groups.n;)
        assign_group(a, g, owner, stamp);
}

static void assign_groups(assignment *a, sfm_helpers *helpers, int fill)
{
    a->fill = fill;
    atomic_store(&a->next, 0);
    sfm_parallel_for(helpers, sfm_helpers_size(helpers), 1, assign_with_marks, a);
}

static starfmm_status assign(assignment *a, sfm_helpers *helpers)
{
    sfm_reading *r = a->r;
    int32_t n = a->f->groups.n;
    size_t total = 0, items = r->csr.begin[a->f->tree.n_nodes];
    r->group = sfm_alloc((size_t)n, sizeof *r->group);
    r->slot = sfm_alloc(items, sizeof *r->slot);
    if (!r->group || !r->slot)
        return sfm_fail(STARFMM_ENOMEM, "no memory for the slots of %zu interactions",
                        items);
    assign_groups(a, helpers, 0);
    for (int32_t g = 0; g < n; g++) total += (size_t)r->group[g].n_slots;
    r->slots = sfm_alloc(total, sizeof *r->slots);
    if (!r->slots) return sfm_fail(STARFMM_ENOMEM, "no memory for %zu slots", total);
    total = 0;
    for (int32_t g = 0; g < n; g++) {
        r->group[g].slot_group = r->slots + total;
        total += (size_t)r->group[g].n_slots;
    }
    assign_groups(a, helpers, 1);
    return STARFMM_OK;
}

starfmm_status sfm_interactions_assign(sfm_fmm *fmm, int32_t n_read, sfm_helpers *helpers)
{
    sfm_reading *all[3] = {&fmm->near, &fmm->m2p, &fmm->p2l};
    size_t marks = (size_t)n_read * sfm_helpers_size(helpers);
    assignment a = {.f = fmm, .n_read = n_read};
    a.owner = sfm_alloc(2 * marks, sizeof *a.owner);
    if (!a.owner)
        return sfm_fail(STARFMM_ENOMEM, "no memory for %d groups", (int)fmm->groups.n);
    a.stamp = a.owner + marks;
    starfmm_status status = STARFMM_OK;
    for (int k = 0; k < 3 && status == STARFMM_OK; k++) {
        a.r = all[k];
        status = assign(&a, helpers);
    }
    sfm_free(a.owner);
    return status;
}

void sfm_interactions_free(sfm_fmm *fmm)
{
    sfm_reading *all[3] = {&fmm->near, &fmm->m2p, &fmm->p2l};
    for (int k = 0; k < 3; k++) {
        sfm_free(all[k]->csr.begin);
        sfm_free(all[k]->csr.item);
        sfm_free(all[k]->slot);
        sfm_free(all[k]->slots);
        sfm_free(all[k]->group);
        *all[k] = (sfm_reading){0};
    }
}

int32_t sfm_v_count(const sfm_tree *tree, const sfm_lists *lists, int32_t node)
{
    int32_t parent = tree->parent[node], n = 0;
    if (parent < 0) return 0;
    const sfm_csr *c = &lists->colleagues;
    for (size_t k = c->begin[parent]; k < c->begin[parent + 1]; k++)
        n += tree->n_children[c->item[k]];
    /* The node's own colleagues are exactly the adjacent ones among these. */
    return n - (int32_t)(c->begin[node + 1] - c->begin[node]);
}
