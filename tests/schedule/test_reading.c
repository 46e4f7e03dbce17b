/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading lists against their definition by boxes (schedule/reading.h), node by node, and as a
 * whole: with the V lists they carry every source to every target exactly once.
 */
#include "tests/support/test.h"

#include <string.h>

#include "base/memory.h"
#include "tests/support/schedules.h"

/* ---- rows ---------------------------------------------------------------------------- */

static const sfm_tree *tree_of(const sfm_test_schedule *s)
{
    return &s->geometry.tree;
}

/* Is the leaf a summed directly at the leaf b: as a member of U, or in place of a member of W
 * or X that is not worth an expansion? */
static int is_near(const sfm_test_schedule *s, int32_t b, int32_t a)
{
    const sfm_tree *t = tree_of(s);
    if (!sfm_tree_is_leaf(t, b) || !sfm_tree_is_leaf(t, a)) return 0;
    if (sfm_test_in_u(t, s->box, b, a)) return 1;
    for (int32_t w = a; w >= 0; w = t->parent[w])
        if (sfm_test_in_w(t, s->box, b, w) && t->src.count[w] <= s->spec.limit) return 1;
    for (int32_t c = b; c >= 0; c = t->parent[c])
        if (sfm_test_in_x(t, s->box, c, a) && t->trg.count[c] <= s->spec.limit) return 1;
    return 0;
}

static int is_m2p(const sfm_test_schedule *s, int32_t b, int32_t a)
{
    return sfm_test_in_w(tree_of(s), s->box, b, a) &&
           tree_of(s)->src.count[a] > s->spec.limit;
}

static int is_p2l(const sfm_test_schedule *s, int32_t b, int32_t a)
{
    return sfm_test_in_x(tree_of(s), s->box, b, a) &&
           tree_of(s)->trg.count[b] > s->spec.limit;
}

/* Is every row of a list what the definition says, no member twice?  `half`: a row keeps the
 * node itself and larger numbers. */
static void check_rows(const sfm_test_schedule *s, const char *list, const sfm_csr *csr,
                       int (*is_member)(const sfm_test_schedule *, int32_t, int32_t),
                       int half)
{
    const sfm_tree *t = tree_of(s);
    int *times = calloc((size_t)t->n_nodes, sizeof *times);
    for (int32_t b = 0; b < t->n_nodes; b++) {
        for (size_t k = csr->begin[b]; k < csr->begin[b + 1]; k++) times[csr->item[k]]++;
        for (int32_t a = 0; a < t->n_nodes; a++) {
            int expected = t->trg.count[b] > 0 && t->src.count[a] > 0 &&
                           (!half || a >= b) && is_member(s, b, a);
            CHECKF(times[a] == expected, "%s of node %d: node %d %d times, not %d (%s)",
                   list, b, a, times[a], expected, s->name);
            times[a] = 0;
        }
    }
    free(times);
}

static void check_definitions(const sfm_test_schedule *s)
{
    check_rows(s, "near", &s->schedule.near.csr, is_near, s->schedule.mutual);
    check_rows(s, "m2p", &s->schedule.m2p.csr, is_m2p, 0);
    check_rows(s, "p2l", &s->schedule.p2l.csr, is_p2l, 0);
}

SFM_CASE(rows_by_definition)
{
    sfm_test_each_schedule(250, check_definitions);
}

/* ---- completeness -------------------------------------------------------------------- */

/* How often each leaf's sources reach each leaf's targets: [target leaf][source leaf], by node
 * numbers. */
typedef struct cover {
    const sfm_tree *tree;
    uint8_t *times;
} cover;

/* From a node's sources to the targets below another. */
static void cover_pair(const cover *c, int32_t target, int32_t source)
{
    const sfm_tree *t = c->tree;
    for (int i = 0; i < t->n_children[target]; i++)
        cover_pair(c, t->first_child[target] + i, source);
    for (int i = 0; i < t->n_children[source] && sfm_tree_is_leaf(t, target); i++)
        cover_pair(c, target, t->first_child[source] + i);
    if (sfm_tree_is_leaf(t, target) && sfm_tree_is_leaf(t, source))
        c->times[(size_t)target * (size_t)t->n_nodes + (size_t)source]++;
}

static void cover_rows(const cover *c, const sfm_csr *csr, int both_ways)
{
    for (int32_t b = 0; b < c->tree->n_nodes; b++)
        for (size_t k = csr->begin[b]; k < csr->begin[b + 1]; k++) {
            cover_pair(c, b, csr->item[k]);
            if (both_ways && csr->item[k] != b) cover_pair(c, csr->item[k], b);
        }
}

static void check_complete(const sfm_test_schedule *s)
{
    const sfm_tree *t = tree_of(s);
    size_t n = (size_t)t->n_nodes, lost = 0, more = 0;
    cover c = {t, calloc(n * n, 1)};
    cover_rows(&c, &s->schedule.near.csr, s->schedule.mutual);
    cover_rows(&c, &s->schedule.m2p.csr, 0);
    cover_rows(&c, &s->schedule.p2l.csr, 0);
    for (int32_t b = 0; b < t->n_nodes; b++) {
        int32_t v[SFM_MAX_V];
        int length = sfm_lists_v(&s->lists, t, b, v);
        for (int k = 0; k < length; k++) cover_pair(&c, b, v[k]);
    }
    for (int32_t b = 0; b < t->n_nodes; b++)
        for (int32_t a = 0; a < t->n_nodes; a++) {
            if (!sfm_tree_is_leaf(t, b) || t->trg.count[b] == 0) continue;
            if (!sfm_tree_is_leaf(t, a) || t->src.count[a] == 0) continue;
            lost += c.times[(size_t)b * n + (size_t)a] == 0;
            more += c.times[(size_t)b * n + (size_t)a] > 1;
        }
    CHECKF(lost == 0 && more == 0, "%zu pairs of leaves lost, %zu more than once (%s)",
           lost, more, s->name);
    free(c.times);
}

SFM_CASE(every_pair_of_leaves_once)
{
    sfm_test_each_schedule(2000, check_complete);
}

/* The limit decides: with none everything far is an expansion, with all points nothing is. */
SFM_CASE(limits)
{
    const size_t n = 3000, limits[3] = {0, 30, n};
    size_t items[3][3];
    for (int k = 0; k < 3; k++) {
        const sfm_test_spec spec = {"plummer",     "plummer", n,         0,  20,
                                    SFM_MAX_DEPTH, 0,         limits[k], 64, 0};
        sfm_test_schedule s;
        if (!sfm_test_schedule_make(&s, &spec)) return;
        const sfm_schedule *sch = &s.schedule;
        int32_t nodes = tree_of(&s)->n_nodes;
        items[0][k] = sch->near.csr.begin[nodes];
        items[1][k] = sch->m2p.csr.begin[nodes];
        items[2][k] = sch->p2l.csr.begin[nodes];
        sfm_test_schedule_free(&s);
    }
    CHECKF(items[1][0] > items[1][1] && items[1][1] > 0 && items[1][2] == 0,
           "m2p: %zu, %zu, %zu", items[1][0], items[1][1], items[1][2]);
    CHECKF(items[2][0] > items[2][1] && items[2][1] > 0 && items[2][2] == 0,
           "p2l: %zu, %zu, %zu", items[2][0], items[2][1], items[2][2]);
    CHECKF(items[0][0] < items[0][1] && items[0][1] < items[0][2], "near: %zu, %zu, %zu",
           items[0][0], items[0][1], items[0][2]);
}

/* ---- slots --------------------------------------------------------------------------- */

/* The groups that a group reads, numbered in the order of first use, no group twice. */
static void check_slots(const sfm_test_schedule *s, const sfm_reading *r)
{
    const sfm_groups *groups = &s->schedule.groups;
    int32_t *seen = malloc(((size_t)groups->n + 1) * sizeof *seen);
    for (int32_t g = 0; g < groups->n; g++) {
        const sfm_group *gr = &groups->group[g];
        const sfm_work *w = &r->group[g];
        int32_t n = 0, longest = 0;
        for (int32_t i = 0; i < gr->count; i++) {
            size_t first = r->csr.begin[gr->first + i],
                   end = r->csr.begin[gr->first + i + 1];
            CHECKF(w->begin[i] == first && w->begin[i + 1] == end,
                   "row %d of group %d (%s)", i, g, s->name);
            if ((int32_t)(end - first) > longest) longest = (int32_t)(end - first);
            for (size_t k = first; k < end; k++) {
                int32_t read = groups->of_node[w->item[k]], slot = 0;
                CHECK(w->item[k] == r->csr.item[k]);
                while (slot < n && seen[slot] != read) slot++;
                if (slot == n) seen[n++] = read;
                CHECKF(w->slot[k] == slot, "item %zu of group %d: slot %d, not %d (%s)", k,
                       g, w->slot[k], slot, s->name);
            }
        }
        CHECKF(w->n_slots == n && w->longest == longest,
               "group %d: %d slots, not %d; longest %d, not %d (%s)", g, w->n_slots, n,
               w->longest, longest, s->name);
        CHECKF(memcmp(w->slot_group, seen, (size_t)n * sizeof *seen) == 0,
               "groups read by group %d (%s)", g, s->name);
    }
    free(seen);
}

static void check_all_slots(const sfm_test_schedule *s)
{
    check_slots(s, &s->schedule.near);
    check_slots(s, &s->schedule.m2p);
    check_slots(s, &s->schedule.p2l);
}

SFM_CASE(slots)
{
    sfm_test_each_schedule(600, check_all_slots);
}

static void check_sources(const sfm_test_schedule *s)
{
    const sfm_reading *r = &s->schedule.near;
    for (int32_t b = 0; b < tree_of(s)->n_nodes; b++) {
        size_t n = 0;
        for (size_t k = r->csr.begin[b]; k < r->csr.begin[b + 1]; k++)
            n += tree_of(s)->src.begin[r->csr.item[k] + 1] -
                 tree_of(s)->src.begin[r->csr.item[k]];
        double found = sfm_reading_sources(r, tree_of(s), b);
        CHECKF(found == (double)n, "node %d: %g sources, not %zu (%s)", b, found, n,
               s->name);
    }
}

SFM_CASE(sources_of_a_row)
{
    sfm_test_each_schedule(600, check_sources);
}

/* ---- failures ------------------------------------------------------------------------ */

SFM_CASE(memory_failures)
{
    const sfm_test_spec spec = {"plummer",     "sphere", 900, 500, 10,
                                SFM_MAX_DEPTH, 1,        8,   16,  0};
    sfm_test_schedule s;
    if (!sfm_test_schedule_make(&s, &spec)) return;
    starfmm_status status = STARFMM_ENOMEM;
    long n = 0;
    while (status == STARFMM_ENOMEM && n < 100) {
        sfm_reading near = {0}, m2p = {0}, p2l = {0};
        sfm_alloc_fail_after(++n);
        status =
            sfm_reading_build_rows(&near, &m2p, &p2l, tree_of(&s), &s.lists, 8, 1, NULL);
        if (status == STARFMM_OK)
            status = sfm_reading_assign_slots(
                &near, &s.schedule.groups, tree_of(&s)->n_nodes, &s.schedule.groups, NULL);
        sfm_alloc_fail_after(0);
        sfm_reading_free(&near);
        sfm_reading_free(&m2p);
        sfm_reading_free(&p2l);
    }
    CHECK(status == STARFMM_OK);
    CHECKF(n == 12, "%ld allocations", n - 1); /* rows, slots, marks */
    sfm_test_schedule_free(&s);
}

SFM_MAIN()
