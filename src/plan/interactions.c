/* SPDX-License-Identifier: BSD-3-Clause */
#include "plan/interactions.h"

#include <string.h>

#include "base/memory.h"

/* Rows are built in two passes over the same walk: count, then fill. */
typedef struct walk {
    const sfm_tree *tree;
    const sfm_lists *lists;
    size_t limit; /* points up to which direct summation is preferred */
    int fill;
    sfm_reading *near, *m2p, *p2l;
} walk;

/* Counting, begin[target + 1] counts; filling, begin[target + 1] is the row's cursor. */
static void add(const walk *w, sfm_reading *to, int32_t target, int32_t source)
{
    size_t at = to->csr.begin[target + 1]++;
    if (w->fill) to->csr.item[at] = source;
}

/* One set of points: a pair is summed by its leaf of the smaller number (reactions.h). */
static void add_near(const walk *w, int32_t target, int32_t source)
{
    if (!w->tree->same_points || target <= source) add(w, w->near, target, source);
}

static void add_source_leaves(const walk *w, int32_t target, int32_t source)
{
    const sfm_tree *t = w->tree;
    if (t->src.count[source] == 0) return;
    if (sfm_tree_is_leaf(t, source)) {
        add_near(w, target, source);
        return;
    }
    for (int32_t c = 0; c < t->n_children[source]; c++)
        add_source_leaves(w, target, t->first_child[source] + c);
}

static void add_target_leaves(const walk *w, int32_t target, int32_t source)
{
    const sfm_tree *t = w->tree;
    if (t->trg.count[target] == 0) return;
    if (sfm_tree_is_leaf(t, target)) {
        add_near(w, target, source);
        return;
    }
    for (int32_t c = 0; c < t->n_children[target]; c++)
        add_target_leaves(w, t->first_child[target] + c, source);
}

static void walk_node(const walk *w, int32_t b)
{
    const sfm_tree *t = w->tree;
    const sfm_lists *l = w->lists;
    if (t->trg.count[b] == 0) return;
    for (size_t k = l->u.begin[b]; k < l->u.begin[b + 1]; k++)
        add_source_leaves(w, b, l->u.item[k]);
    for (size_t k = l->w.begin[b]; k < l->w.begin[b + 1]; k++) {
        int32_t a = l->w.item[k];
        if (t->src.count[a] <= w->limit)
            add_source_leaves(w, b, a);
        else
            add(w, w->m2p, b, a);
    }
    for (size_t k = l->x.begin[b]; k < l->x.begin[b + 1]; k++) {
        int32_t a = l->x.item[k];
        if (t->src.count[a] == 0) continue;
        if (t->trg.count[b] <= w->limit)
            add_target_leaves(w, b, a);
        else
            add(w, w->p2l, b, a);
    }
}

/* From counts in begin[i + 1] to cursors: begin[i + 1] is where row i starts. */
static starfmm_status open_rows(sfm_csr *csr, int32_t n)
{
    size_t sum = 0;
    for (int32_t i = 0; i < n; i++) {
        size_t count = csr->begin[i + 1];
        csr->begin[i + 1] = sum;
        sum += count;
    }
    csr->item = sfm_alloc(sum, sizeof *csr->item);
    return csr->item ? STARFMM_OK
                     : sfm_fail(STARFMM_ENOMEM, "no memory for %zu interactions", sum);
}

starfmm_status sfm_interactions_build(sfm_fmm *fmm, const sfm_lists *lists)
{
    sfm_reading *all[3] = {&fmm->near, &fmm->m2p, &fmm->p2l};
    int32_t n = fmm->tree.n_nodes;
    walk w = {&fmm->tree, lists, (size_t)fmm->n_e, 0, all[0], all[1], all[2]};
    for (int k = 0; k < 3; k++) {
        all[k]->csr.begin = sfm_calloc((size_t)n + 1, sizeof(size_t));
        if (!all[k]->csr.begin)
            return sfm_fail(STARFMM_ENOMEM, "no memory for the lists of %d nodes", (int)n);
    }
    for (int32_t b = 0; b < n; b++) walk_node(&w, b);
    for (int k = 0; k < 3; k++) SFM_TRY(open_rows(&all[k]->csr, n));
    w.fill = 1;
    for (int32_t b = 0; b < n; b++) walk_node(&w, b);
    return STARFMM_OK;
}

/* Number the groups that a group reads, in the order of first use.  stamp[n_groups] holds
 * the slot of a group once owner[] says that it was seen for this one. */
static int32_t assign_group(const sfm_fmm *f, sfm_reading *r, int32_t g, int32_t *owner,
                            int32_t *stamp, int32_t *slots)
{
    const sfm_group *gr = &f->groups.group[g];
    const size_t *begin = r->csr.begin + gr->first;
    sfm_work *w = &r->group[g];
    int32_t n = 0;
    *w = (sfm_work){0, slots, begin, r->csr.item, r->slot, 0};
    for (int32_t i = 0; i < gr->count; i++)
        if ((int32_t)(begin[i + 1] - begin[i]) > w->longest)
            w->longest = (int32_t)(begin[i + 1] - begin[i]);
    for (size_t k = begin[0]; k < begin[gr->count]; k++) {
        int32_t read = f->groups.of_node[r->csr.item[k]];
        if (owner[read] != g) {
            owner[read] = g;
            stamp[read] = n;
            if (slots) slots[n] = read;
            n++;
        }
        if (slots) r->slot[k] = stamp[read];
    }
    w->n_slots = n;
    return n;
}

/* Two passes again: the first one counts the slots of all groups. */
static starfmm_status assign(const sfm_fmm *f, sfm_reading *r, int32_t *owner,
                             int32_t *stamp)
{
    int32_t n = f->groups.n;
    size_t total = 0, items = r->csr.begin[f->tree.n_nodes];
    r->group = sfm_alloc((size_t)n, sizeof *r->group);
    r->slot = sfm_alloc(items, sizeof *r->slot);
    if (!r->group || !r->slot)
        return sfm_fail(STARFMM_ENOMEM, "no memory for the slots of %zu interactions",
                        items);
    memset(owner, 0xff, (size_t)n * sizeof *owner);
    for (int32_t g = 0; g < n; g++)
        total += (size_t)assign_group(f, r, g, owner, stamp, NULL);
    r->slots = sfm_alloc(total, sizeof *r->slots);
    if (!r->slots) return sfm_fail(STARFMM_ENOMEM, "no memory for %zu slots", total);
    memset(owner, 0xff, (size_t)n * sizeof *owner);
    size_t at = 0;
    for (int32_t g = 0; g < n; g++)
        at += (size_t)assign_group(f, r, g, owner, stamp, r->slots + at);
    return STARFMM_OK;
}

starfmm_status sfm_interactions_assign(sfm_fmm *fmm)
{
    sfm_reading *all[3] = {&fmm->near, &fmm->m2p, &fmm->p2l};
    int32_t *owner = sfm_alloc((size_t)fmm->groups.n, sizeof *owner);
    int32_t *stamp = sfm_alloc((size_t)fmm->groups.n, sizeof *stamp);
    starfmm_status status =
        owner && stamp
            ? STARFMM_OK
            : sfm_fail(STARFMM_ENOMEM, "no memory for %d groups", (int)fmm->groups.n);
    for (int k = 0; k < 3 && status == STARFMM_OK; k++)
        status = assign(fmm, all[k], owner, stamp);
    sfm_free(owner);
    sfm_free(stamp);
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
