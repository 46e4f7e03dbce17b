/* SPDX-License-Identifier: BSD-3-Clause */
/* The M2L work of every group, unfolded to pairs of nodes, against the V lists by definition. */
#include "tests/support/test.h"

#include <string.h>

#include "base/memory.h"
#include "tests/support/schedules.h"

static const sfm_tree *tree_of(const sfm_test_schedule *s)
{
    return &s->geometry.tree;
}

static int octant_of(const sfm_tree *t, int32_t node)
{
    return (int)(t->key[node] & 7);
}

/* The node of a halo child, its slot and index checked. */
static int32_t source_node(const sfm_test_schedule *s, const sfm_m2l_work *w, int32_t child)
{
    int32_t slot = w->halo_slot[child];
    CHECKF(slot >= 0 && slot < w->n_slots, "slot %d of %d (%s)", slot, w->n_slots, s->name);
    const sfm_group *g = &s->schedule.groups.group[w->slot_group[slot]];
    CHECKF(w->slot_nodes[slot] == g->count, "%d nodes in slot %d, not %d (%s)",
           w->slot_nodes[slot], slot, g->count, s->name);
    CHECKF(w->halo_index[child] >= 0 && w->halo_index[child] < g->count,
           "index %d of %d (%s)", w->halo_index[child], g->count, s->name);
    return g->first + w->halo_index[child];
}

/* Offset source minus target in node sides, from the boxes. */
static void measure_offset(const sfm_test_schedule *s, int32_t target, int32_t source,
                           int o[3])
{
    const sfm_test_box *t = &s->box[target], *a = &s->box[source];
    for (int d = 0; d < 3; d++) o[d] = (int)((a->lo[d] - t->lo[d]) / (t->hi[d] - t->lo[d]));
}

/* All pairs of target child `octant` of parent p: those beyond the neighbours are counted in
 * times[source]. */
static void unfold_target(const sfm_test_schedule *s, const sfm_m2l_work *w, int32_t p,
                          int octant, int32_t target, int *times)
{
    for (int direction = 0; direction < 27; direction++) {
        int32_t halo = w->halo_of[27 * p + direction];
        if (halo < 0) continue;
        CHECK(direction != 13 && halo < w->n_halo);
        for (int source = 0; source < 8; source++) {
            int32_t child = 8 * halo + source;
            if (!(w->halo_mask[halo] >> source & 1)) {
                CHECK(w->halo_slot[child] == -1);
                continue;
            }
            int32_t node = source_node(s, w, child);
            int o[3], far = 0, right = octant_of(tree_of(s), node) == source;
            const int toward[3] = {direction % 3 - 1, direction / 3 % 3 - 1,
                                   direction / 9 - 1};
            measure_offset(s, target, node, o);
            for (int d = 0; d < 3; d++) {
                right &= o[d] == 2 * toward[d] + (source >> d & 1) - (octant >> d & 1);
                far |= o[d] < -1 || o[d] > 1;
            }
            CHECKF(right, "node %d from node %d at (%d, %d, %d), direction %d (%s)", node,
                   target, o[0], o[1], o[2], direction, s->name);
            if (far) times[node]++;
        }
    }
}

/* Against V by definition, times[n_nodes] being cleared again; returns the length. */
static int compare_with_v(const sfm_test_schedule *s, int32_t target, int *times)
{
    const sfm_tree *t = tree_of(s);
    int length = 0;
    for (int32_t a = 0; a < t->n_nodes; a++) {
        int expected = t->src.count[a] > 0 && sfm_test_in_v(t, s->box, target, a);
        CHECKF(times[a] == expected, "V of node %d: node %d %d times, not %d (%s)", target,
               a, times[a], expected, s->name);
        length += expected;
        times[a] = 0;
    }
    return length;
}

/* The work of one group; listed[n_nodes] counts its target nodes. */
static void check_group(const sfm_test_schedule *s, int32_t group, int *times, int *listed)
{
    const sfm_m2l_work *w = &s->schedule.m2l[group];
    const sfm_group *g = &s->schedule.groups.group[group];
    CHECKF(w->n_trg == g->count, "%d targets, not %d (%s)", w->n_trg, g->count, s->name);
    if (g->level < s->schedule.top_level) {
        CHECKF(w->n_parents == 0 && w->n_slots == 0 && w->n_halo == 0, "group %d (%s)",
               group, s->name);
        return;
    }
    for (int32_t i = 0; i < 8 * w->n_parents; i++) {
        int octant = i % 8, is_in = w->trg_mask[i / 8] >> octant & 1;
        CHECKF((w->trg_index[i] >= 0) == is_in, "index %d (%s)", w->trg_index[i], s->name);
        if (!is_in) continue;
        CHECKF(w->trg_index[i] < g->count, "index %d of %d (%s)", w->trg_index[i], g->count,
               s->name);
        int32_t node = g->first + w->trg_index[i];
        CHECK(octant_of(tree_of(s), node) == octant);
        listed[node]++;
        unfold_target(s, w, i / 8, octant, node, times);
        compare_with_v(s, node, times);
    }
}

static void check_work(const sfm_test_schedule *s)
{
    const sfm_tree *t = tree_of(s);
    int *times = calloc((size_t)t->n_nodes, sizeof *times);
    int *listed = calloc((size_t)t->n_nodes, sizeof *listed);
    for (int32_t g = 0; g < s->schedule.groups.n; g++) check_group(s, g, times, listed);
    for (int32_t b = 0; b < t->n_nodes; b++) {
        int expected = s->box[b].level >= s->schedule.top_level && t->trg.count[b] > 0;
        CHECKF(listed[b] == expected, "node %d is a target %d times, not %d (%s)", b,
               listed[b], expected, s->name);
    }
    free(times);
    free(listed);
}

SFM_CASE(pairs_are_the_v_lists)
{
    sfm_test_each_schedule(250, check_work);
}

static void check_lengths(const sfm_test_schedule *s)
{
    const sfm_tree *t = tree_of(s);
    for (int32_t b = 0; b < t->n_nodes; b++) {
        int32_t v[SFM_MAX_V];
        int n = 0, length = sfm_lists_v(&s->lists, t, b, v);
        for (int k = 0; k < length; k++) n += t->src.count[v[k]] > 0 && t->trg.count[b] > 0;
        CHECKF(s->schedule.v_length[b] == n, "node %d: %d, not %d (%s)", b,
               s->schedule.v_length[b], n, s->name);
    }
}

SFM_CASE(lengths_of_v)
{
    sfm_test_each_schedule(2000, check_lengths);
}

/* A group is a slot once, is used, and is marked as read; others are not. */
static void check_slots(const sfm_test_schedule *s)
{
    const sfm_schedule *sch = &s->schedule;
    size_t n = (size_t)sch->groups.n;
    int *slots = calloc(n, sizeof *slots), *used = calloc(n, sizeof *used),
        *read = calloc(n, sizeof *read);
    for (int32_t g = 0; g < sch->groups.n; g++) {
        const sfm_m2l_work *w = &sch->m2l[g];
        for (int32_t k = 0; k < w->n_slots; k++) slots[w->slot_group[k]]++;
        for (int32_t i = 0; i < 8 * w->n_halo; i++)
            if (w->halo_slot[i] >= 0) used[w->slot_group[w->halo_slot[i]]] = 1;
        for (size_t k = 0; k < n; k++) {
            CHECKF(slots[k] == used[k], "group %zu is %d slots of group %d (%s)", k,
                   slots[k], g, s->name);
            read[k] |= used[k];
            slots[k] = used[k] = 0;
        }
    }
    for (size_t k = 0; k < n; k++)
        CHECKF(sch->read_by_m2l[k] == read[k], "group %zu (%s)", k, s->name);
    free(slots);
    free(used);
    free(read);
}

SFM_CASE(slots)
{
    sfm_test_each_schedule(600, check_slots);
}

SFM_CASE(bytes)
{
    const sfm_test_spec spec = {"sphere", "", 2000, 0, 10, SFM_MAX_DEPTH, 1, 8, 32, 0};
    sfm_test_schedule s;
    if (!sfm_test_schedule_make(&s, &spec)) return;
    for (int32_t g = 0; g < s.schedule.groups.n; g++) {
        const sfm_m2l_work *w = &s.schedule.m2l[g];
        size_t np = (size_t)w->n_parents, nh = (size_t)w->n_halo, ns = (size_t)w->n_slots;
        size_t bytes = 4 * (2 * ns + 8 * np + 27 * np + 16 * nh) + np + nh;
        CHECKF(sfm_m2l_work_bytes(w) == bytes, "%zu, not %zu", sfm_m2l_work_bytes(w),
               bytes);
    }
    sfm_test_schedule_free(&s);
}

SFM_CASE(memory_failures)
{
    const sfm_test_spec spec = {"plummer", "", 900, 0, 10, SFM_MAX_DEPTH, 1, 8, 16, 0};
    sfm_test_schedule s;
    if (!sfm_test_schedule_make(&s, &spec)) return;
    starfmm_status status = STARFMM_ENOMEM;
    long n = 0;
    while (status == STARFMM_ENOMEM && n < 1000) {
        sfm_m2l_work *work = NULL;
        sfm_alloc_fail_after(++n);
        status = sfm_m2l_work_build(&work, tree_of(&s), &s.schedule.groups, 2,
                                    &s.lists.colleagues, NULL);
        sfm_alloc_fail_after(0);
        sfm_m2l_work_free(work, s.schedule.groups.n);
    }
    CHECK(status == STARFMM_OK);
    /* the two arrays, the builder's seven, and one a group */
    CHECKF(n - 1 == 9 + s.schedule.groups.n, "%ld allocations", n - 1);
    sfm_test_schedule_free(&s);
}

SFM_MAIN()
