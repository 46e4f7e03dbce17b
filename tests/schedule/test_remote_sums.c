/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Remote sums: what P2P of a group writes for others and what SCATTER fetches, against the near
 * rows; and both played with numbers of sources in place of sums.
 */
#include "tests/support/test.h"

#include <string.h>

#include "base/memory.h"
#include "tests/support/points.h"
#include "tests/support/schedules.h"

static const sfm_tree *tree_of(const sfm_test_schedule *s)
{
    return &s->geometry.tree;
}

/* Does a leaf of the group have the leaf of another group in its near row? */
static int sums_for(const sfm_test_schedule *s, int32_t group, int32_t leaf)
{
    const sfm_groups *groups = &s->schedule.groups;
    const sfm_group *g = &groups->group[group];
    const sfm_csr *near = &s->schedule.near.csr;
    if (groups->of_node[leaf] == group) return 0;
    for (size_t k = near->begin[g->first]; k < near->begin[g->first + g->count]; k++)
        if (near->item[k] == leaf) return 1;
    return 0;
}

/* ---- what is written ----------------------------------------------------------------- */

static void check_written(const sfm_test_schedule *s)
{
    const sfm_remote_sums *r = &s->schedule.remote;
    const sfm_groups *groups = &s->schedule.groups;
    CHECK(!s->schedule.mutual == (!tree_of(s)->same_points || s->spec.one_sided));
    if (!s->schedule.mutual) {
        CHECKF(!r->begin && !r->leaf && !r->fetch_begin, "no mutual sums (%s)", s->name);
        return;
    }
    for (int32_t g = 0; g < groups->n; g++) {
        size_t at = r->begin[g], points = 0;
        for (int32_t leaf = 0; leaf < tree_of(s)->n_nodes; leaf++) {
            if (!sums_for(s, g, leaf)) continue;
            CHECKF(at < r->begin[g + 1] && r->leaf[at] == leaf && r->at[at] == points,
                   "group %d has no entry of leaf %d at %zu (%s)", g, leaf, points,
                   s->name);
            points += tree_of(s)->trg.begin[leaf + 1] - tree_of(s)->trg.begin[leaf];
            at++;
        }
        CHECKF(at == r->begin[g + 1] && points == r->points[g],
               "group %d: %zu entries more, %zu points, not %zu (%s)", g,
               r->begin[g + 1] - at, r->points[g], points, s->name);
        const sfm_group *gr = &groups->group[g];
        const sfm_csr *near = &s->schedule.near.csr;
        for (size_t k = near->begin[gr->first]; k < near->begin[gr->first + gr->count]; k++)
            if (groups->of_node[near->item[k]] != g)
                CHECKF(r->leaf[r->begin[g] + (size_t)r->item_entry[k]] == near->item[k],
                       "item %zu of group %d (%s)", k, g, s->name);
    }
}

SFM_CASE(written_for_other_groups)
{
    sfm_test_each_schedule(500, check_written);
}

/* ---- what is fetched ----------------------------------------------------------------- */

/* Every entry is fetched exactly once, by the group of its leaf. */
static void check_fetched(const sfm_test_schedule *s)
{
    const sfm_remote_sums *r = &s->schedule.remote;
    const sfm_groups *groups = &s->schedule.groups;
    if (!r->begin) return;
    size_t n = r->begin[groups->n];
    int *times = calloc(n + 1, sizeof *times);
    for (int32_t g = 0; g < groups->n; g++)
        for (size_t i = r->fetch_begin[g]; i < r->fetch_begin[g + 1]; i++) {
            const sfm_remote_run *run = &r->run[i];
            int32_t from = r->fetch_group[i];
            CHECKF(from != g && r->begin[from] <= run->begin && run->begin < run->end &&
                       run->end <= r->begin[from + 1],
                   "group %d fetches %zu ... %zu of group %d (%s)", g, run->begin, run->end,
                   from, s->name);
            for (size_t k = run->begin; k < run->end; k++) {
                CHECKF(groups->of_node[r->leaf[k]] == g, "leaf %d is not of group %d (%s)",
                       r->leaf[k], g, s->name);
                times[k]++;
            }
            for (size_t j = r->fetch_begin[g]; j < i; j++)
                CHECKF(r->fetch_group[j] != from, "group %d reads R of group %d twice (%s)",
                       g, from, s->name);
        }
    for (size_t k = 0; k < n; k++)
        CHECKF(times[k] == 1, "entry %zu is fetched %d times (%s)", k, times[k], s->name);
    free(times);
}

SFM_CASE(fetched_exactly_once)
{
    sfm_test_each_schedule(1500, check_fetched);
}

/* ---- both, with counts --------------------------------------------------------------- */

static void add_to_leaf(const sfm_tree *t, double *sum, int32_t leaf, double value)
{
    for (size_t i = t->trg.begin[leaf]; i < t->trg.begin[leaf + 1]; i++) sum[i] += value;
}

/* P2P of a group with 1 for the kernel and for charges, into T (all groups') and R. */
static void play_p2p(const sfm_schedule *s, const sfm_tree *t, int32_t group, double *sum,
                     double *remote)
{
    const sfm_group *g = &s->groups.group[group];
    const sfm_remote_sums *r = &s->remote;
    for (int32_t b = g->first; b < g->first + g->count; b++)
        for (size_t k = s->near.csr.begin[b]; k < s->near.csr.begin[b + 1]; k++) {
            int32_t a = s->near.csr.item[k];
            add_to_leaf(t, sum, b, (double)t->src.count[a]);
            if (a == b) continue;
            if (s->groups.of_node[a] == group) {
                add_to_leaf(t, sum, a, (double)t->src.count[b]);
                continue;
            }
            size_t at = r->at[r->begin[group] + (size_t)r->item_entry[k]];
            for (size_t i = 0; i < t->trg.count[a]; i++)
                remote[at + i] += (double)t->src.count[b];
        }
}

/* SCATTER of a group. */
static void play_scatter(const sfm_schedule *s, const sfm_tree *t, int32_t group,
                         double *sum, double *const *remote)
{
    const sfm_remote_sums *r = &s->remote;
    for (size_t i = r->fetch_begin[group]; i < r->fetch_begin[group + 1]; i++)
        for (size_t k = r->run[i].begin; k < r->run[i].end; k++)
            for (size_t j = 0; j < t->trg.count[r->leaf[k]]; j++)
                sum[t->trg.begin[r->leaf[k]] + j] +=
                    remote[r->fetch_group[i]][r->at[k] + j];
}

/* Every target has the sources of all leaves near its own, from either row of each pair. */
static void check_counts(const sfm_schedule *s, const sfm_tree *t, const char *name)
{
    double *sum = calloc(t->trg.n + 1, sizeof *sum), *expected = calloc(t->trg.n + 1, 8);
    double **remote = malloc(((size_t)s->groups.n + 1) * sizeof *remote);
    for (int32_t g = 0; g < s->groups.n; g++) {
        remote[g] = calloc(s->remote.points[g] + 1, sizeof *sum);
        play_p2p(s, t, g, sum, remote[g]);
    }
    for (int32_t g = 0; g < s->groups.n; g++) play_scatter(s, t, g, sum, remote);
    for (int32_t b = 0; b < t->n_nodes; b++)
        for (size_t k = s->near.csr.begin[b]; k < s->near.csr.begin[b + 1]; k++) {
            int32_t a = s->near.csr.item[k];
            add_to_leaf(t, expected, b, (double)t->src.count[a]);
            if (a != b) add_to_leaf(t, expected, a, (double)t->src.count[b]);
        }
    for (size_t i = 0; i < t->trg.n; i++)
        CHECKF(sum[i] == expected[i], "target %zu: %g sources, not %g (%s)", i, sum[i],
               expected[i], name);
    for (int32_t g = 0; g < s->groups.n; g++) free(remote[g]);
    free(remote);
    free(expected);
    free(sum);
}

static void check_counts_of_mutual_sums(const sfm_test_schedule *s)
{
    if (s->schedule.mutual) check_counts(&s->schedule, tree_of(s), s->name);
}

SFM_CASE(counts)
{
    sfm_test_each_schedule(1500, check_counts_of_mutual_sums);
}

/* ---- moves --------------------------------------------------------------------------- */

/* Move points into other leaves, so that every node keeps some and no leaf gets many: from
 * leaves with points to spare to where a point of another leaf was. */
static void exchange_points(const sfm_test_schedule *s, double *x)
{
    const sfm_points *p = &tree_of(s)->src;
    size_t to = 0;
    for (int32_t leaf = 0; leaf < tree_of(s)->n_nodes; leaf++)
        for (size_t i = p->begin[leaf] + 1; i < p->begin[leaf + 1]; i += 3, to += 7)
            memcpy(x + 3 * (size_t)p->index[i],
                   s->sources + 3 * (size_t)p->index[to % p->n], 3 * sizeof *x);
}

static void check_move(int32_t group_size)
{
    const size_t n = 3000;
    const sfm_test_spec spec = {"sphere",      "", n,  0,          40,
                                SFM_MAX_DEPTH, 1,  20, group_size, 0};
    sfm_test_schedule s;
    if (!sfm_test_schedule_make(&s, &spec)) return;
    double *x = malloc(3 * n * sizeof *x);
    memcpy(x, s.sources, 3 * n * sizeof *x);
    exchange_points(&s, x);
    const sfm_point_sets points = {n, 0, x, NULL, NULL};
    const sfm_tree_options o = {.n_crit = 40,
                                .max_depth = SFM_MAX_DEPTH,
                                .balance = 1,
                                .old = tree_of(&s),
                                .stretch = 1};
    sfm_geometry moved;
    CHECK_OK(sfm_geometry_build(&moved, &o, &points));
    size_t changed = 0;
    for (int32_t i = 0; i < moved.tree.n_nodes && i < tree_of(&s)->n_nodes; i++)
        changed += moved.tree.src.count[i] != tree_of(&s)->src.count[i];
    CHECKF(moved.tree.n_nodes == tree_of(&s)->n_nodes && changed > 20,
           "%d nodes, not %d; %zu with other numbers of points", moved.tree.n_nodes,
           tree_of(&s)->n_nodes, changed);
    sfm_schedule_follow(&s.schedule, &moved);
    check_counts(&s.schedule, &moved.tree, s.name);
    /* The same as built anew. */
    sfm_remote_sums anew = {0}, *r = &s.schedule.remote;
    size_t groups = (size_t)s.schedule.groups.n;
    CHECK_OK(
        sfm_remote_sums_build(&anew, &moved.tree, &s.schedule.groups, &s.schedule.near));
    CHECK(memcmp(r->points, anew.points, groups * sizeof *r->points) == 0);
    CHECK(memcmp(r->at, anew.at, r->begin[groups] * sizeof *r->at) == 0);
    for (int32_t g = 0; g < s.schedule.groups.n; g++) {
        const sfm_group *gr = &s.schedule.groups.group[g];
        CHECK(gr->src_begin == moved.tree.src.begin[gr->first] &&
              gr->src_end == moved.tree.src.begin[gr->first + gr->count]);
    }
    /* And back. */
    sfm_schedule_follow(&s.schedule, &s.geometry);
    check_counts(&s.schedule, tree_of(&s), s.name);
    sfm_remote_sums_free(&anew);
    sfm_geometry_free(&moved);
    free(x);
    sfm_test_schedule_free(&s);
}

SFM_CASE(follow_points_that_moved)
{
    check_move(1);
    check_move(8);
    check_move(64);
}

/* ---- failures ------------------------------------------------------------------------ */

SFM_CASE(memory_failures)
{
    const sfm_test_spec spec = {"plummer", "", 900, 0, 10, SFM_MAX_DEPTH, 1, 8, 16, 0};
    sfm_test_schedule s;
    if (!sfm_test_schedule_make(&s, &spec)) return;
    starfmm_status status = STARFMM_ENOMEM;
    long n = 0;
    while (status == STARFMM_ENOMEM && n < 100) {
        sfm_remote_sums r = {0};
        sfm_alloc_fail_after(++n);
        status =
            sfm_remote_sums_build(&r, tree_of(&s), &s.schedule.groups, &s.schedule.near);
        sfm_alloc_fail_after(0);
        sfm_remote_sums_free(&r);
    }
    CHECK(status == STARFMM_OK);
    CHECKF(n - 1 == 9, "%ld allocations", n - 1);
    sfm_test_schedule_free(&s);
}

SFM_MAIN()
