/* SPDX-License-Identifier: BSD-3-Clause */
/* What a group has to do with the groups of the levels above and below, node by node. */
#include "tests/support/test.h"

#include "base/memory.h"
#include "tests/support/schedules.h"

static const sfm_tree *tree_of(const sfm_test_schedule *s)
{
    return &s->geometry.tree;
}

/* Is a range the smallest round the groups that are marked?  Marks are cleared. */
static void check_range(const sfm_test_schedule *s, const char *what, int32_t group,
                        sfm_group_range range, int *marked)
{
    int32_t first = 0, last = -1;
    for (int32_t g = 0; g < s->schedule.groups.n; g++) {
        if (marked[g] && last < 0) first = g;
        if (marked[g]) last = g;
        marked[g] = 0;
    }
    CHECKF(range.count == last - first + 1 && (range.count == 0 || range.first == first),
           "%s of group %d: %d + %d, not %d ... %d (%s)", what, group, range.first,
           range.count, first, last, s->name);
}

static void check_ranges(const sfm_test_schedule *s)
{
    const sfm_tree *t = tree_of(s);
    const sfm_groups *groups = &s->schedule.groups;
    int *marked = calloc((size_t)groups->n, sizeof *marked);
    for (int32_t g = 0; g < groups->n; g++) {
        const sfm_group *gr = &groups->group[g];
        for (int32_t i = 0; i < t->n_nodes; i++)
            if (t->parent[i] >= gr->first && t->parent[i] < gr->first + gr->count)
                marked[groups->of_node[i]] = 1;
        check_range(s, "children", g, sfm_schedule_child_groups(&s->schedule, t, g),
                    marked);
        for (int32_t i = gr->first; i < gr->first + gr->count; i++)
            if (t->parent[i] >= 0) marked[groups->of_node[t->parent[i]]] = 1;
        check_range(s, "parents", g, sfm_schedule_parent_groups(&s->schedule, t, g),
                    marked);
    }
    free(marked);
}

SFM_CASE(children_and_parents)
{
    sfm_test_each_schedule(800, check_ranges);
}

static void check_holds(const sfm_test_schedule *s)
{
    const sfm_tree *t = tree_of(s);
    const sfm_points *sets[2] = {&t->src, &t->trg};
    for (int32_t g = 0; g < s->schedule.groups.n; g++)
        for (int set = 0; set < 2; set++) {
            const sfm_group *gr = &s->schedule.groups.group[g];
            int expected = 0;
            for (int32_t leaf = 0; leaf < t->n_nodes; leaf++) {
                int32_t a = leaf; /* up to the group's level */
                while (a >= gr->first + gr->count) a = t->parent[a];
                expected |= a >= gr->first && sfm_tree_is_leaf(t, leaf) &&
                            sets[set]->begin[leaf] < sets[set]->begin[leaf + 1];
            }
            int found = sfm_group_holds(sets[set], gr);
            CHECKF(found == expected, "group %d, set %d: %d (%s)", g, set, found, s->name);
        }
}

SFM_CASE(groups_hold_points)
{
    sfm_test_each_schedule(300, check_holds);
}

/* Every allocation of both steps fails once; what there is can be freed. */
SFM_CASE(memory_failures)
{
    const sfm_test_spec spec = {"plummer", "", 900, 0, 10, SFM_MAX_DEPTH, 1, 8, 16, 0};
    sfm_test_schedule s;
    if (!sfm_test_schedule_make(&s, &spec)) return;
    starfmm_status status = STARFMM_ENOMEM;
    for (long n = 1; status == STARFMM_ENOMEM && n < 2000; n++) {
        sfm_schedule sch = {0};
        sfm_alloc_fail_after(n);
        status = sfm_schedule_build_rows(&sch, &s.geometry, &s.lists, 8, 1, NULL);
        if (status == STARFMM_OK)
            status = sfm_schedule_build_groups(&sch, &s.geometry, &s.lists.colleagues, 16,
                                               NULL, 0, NULL);
        sfm_alloc_fail_after(0);
        if (status == STARFMM_OK)
            CHECKF(sfm_schedule_bytes(&sch, &s.geometry) ==
                       sfm_schedule_bytes(&s.schedule, &s.geometry),
                   "%zu bytes", sfm_schedule_bytes(&sch, &s.geometry));
        sfm_schedule_free(&sch);
    }
    CHECK(status == STARFMM_OK);
    sfm_test_schedule_free(&s);
}

SFM_MAIN()
