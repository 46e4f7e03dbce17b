/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/test.h"

#include "base/memory.h"
#include "tests/support/points.h"
#include "tree/groups.h"

#define N_POINTS 4000

/* A tree with sources that are not its targets. */
static sfm_tree make_tree(const char *kind)
{
    const sfm_tree_options o = {10, SFM_MAX_DEPTH, 1, NULL, NULL, 1};
    double *src = sfm_test_points(kind, N_POINTS, 41),
           *trg = sfm_test_points(kind, 500, 42);
    sfm_tree tree;
    CHECK_OK(sfm_tree_build(&tree, &o, N_POINTS, src, 500, trg));
    free(src);
    free(trg);
    return tree;
}

/* Groups partition the nodes, level by level, and their runs partition the points. */
static void check_partition(const sfm_groups *groups, const sfm_tree *tree)
{
    int32_t next = 0;
    size_t src = 0, trg = 0;
    CHECK(groups->level_begin[0] == 0);
    CHECK(groups->level_begin[SFM_MAX_DEPTH + 1] == groups->n);
    for (int32_t k = 0; k < groups->n; k++) {
        const sfm_group *g = &groups->group[k];
        CHECK(g->first == next && g->count > 0);
        CHECK(g->src_begin == src && g->trg_begin == trg);
        CHECK(k >= groups->level_begin[g->level] && k < groups->level_begin[g->level + 1]);
        for (int32_t i = g->first; i < g->first + g->count; i++) {
            CHECK(groups->of_node[i] == k && sfm_key_level(tree->key[i]) == g->level);
            if (!sfm_tree_is_leaf(tree, i)) continue;
            src += tree->src.count[i];
            trg += tree->trg.count[i];
        }
        CHECK(g->src_end == src && g->trg_end == trg);
        next = g->first + g->count;
    }
    CHECK(next == tree->n_nodes && src == tree->src.n && trg == tree->trg.n);
}

/* Whether a group ends with its level. */
static int last_of_level(const sfm_groups *groups, int32_t k)
{
    return k + 1 == groups->level_begin[groups->group[k].level + 1];
}

/* Whether the node after a group has another parent than its last one. */
static int ends_siblings(const sfm_groups *groups, const sfm_tree *tree, int32_t k)
{
    int32_t end = groups->group[k].first + groups->group[k].count;
    return last_of_level(groups, k) || tree->parent[end] != tree->parent[end - 1];
}

/* Number of nodes at the end of a group that are siblings. */
static int32_t last_siblings(const sfm_group *g, const sfm_tree *tree)
{
    int32_t n = 1, end = g->first + g->count;
    while (n < g->count && tree->parent[end - 1 - n] == tree->parent[end - 1]) n++;
    return n;
}

SFM_CASE(by_size)
{
    const int32_t sizes[] = {1, 3, 7, 8, 64, 100, 1 << 30};
    const char *kinds[] = {"cube", "plummer", "line"};
    for (int t = 0; t < 3; t++) {
        sfm_tree tree = make_tree(kinds[t]);
        for (int s = 0; s < 7; s++) {
            sfm_groups groups;
            CHECK_OK(sfm_groups_build(&groups, &tree, sizes[s], NULL, 0));
            check_partition(&groups, &tree);
            for (int32_t k = 0; k < groups.n; k++) {
                const sfm_group *g = &groups.group[k];
                CHECK(g->count >= sizes[s] || last_of_level(&groups, k));
                if (sizes[s] < 8)
                    CHECK(g->count <= sizes[s]);
                else
                    CHECK(ends_siblings(&groups, &tree, k) &&
                          g->count - last_siblings(g, &tree) < sizes[s]);
            }
            sfm_groups_free(&groups);
        }
        sfm_tree_free(&tree);
    }
}

static double sum(const double *weight, int32_t begin, int32_t end)
{
    double s = 0;
    for (int32_t i = begin; i < end; i++) s += weight[i];
    return s;
}

SFM_CASE(by_weight)
{
    const double limits[] = {0, 0.5, 20, 1e9};
    sfm_tree tree = make_tree("plummer");
    double *weight = sfm_test_charges((size_t)tree.n_nodes, 0, 1, 43);
    for (int s = 0; s < 4; s++) {
        sfm_groups groups;
        CHECK_OK(sfm_groups_build(&groups, &tree, 0, weight, limits[s]));
        check_partition(&groups, &tree);
        for (int32_t k = 0; k < groups.n; k++) {
            const sfm_group *g = &groups.group[k];
            int32_t end = g->first + g->count, before = end - last_siblings(g, &tree);
            CHECK(ends_siblings(&groups, &tree, k));
            CHECK(sum(weight, g->first, end) >= limits[s] || last_of_level(&groups, k));
            CHECK(before == g->first || sum(weight, g->first, before) < limits[s]);
        }
        sfm_groups_free(&groups);
    }
    free(weight);
    sfm_tree_free(&tree);
}

SFM_CASE(lone_root)
{
    const sfm_tree_options o = {10, SFM_MAX_DEPTH, 1, NULL, NULL, 1};
    sfm_tree tree;
    sfm_groups groups;
    CHECK_OK(sfm_tree_build(&tree, &o, 0, NULL, 0, NULL));
    CHECK_OK(sfm_groups_build(&groups, &tree, 8, NULL, 0));
    CHECK(groups.n == 1 && groups.group[0].count == 1 && groups.group[0].src_end == 0);
    sfm_groups_free(&groups);
    sfm_tree_free(&tree);
}

SFM_CASE(memory_failures)
{
    sfm_tree tree = make_tree("cube");
    for (long k = 1; k <= 2; k++) {
        sfm_groups groups;
        sfm_alloc_fail_after(k);
        starfmm_status status = sfm_groups_build(&groups, &tree, 8, NULL, 0);
        sfm_alloc_fail_after(0);
        CHECK_STATUS(STARFMM_ENOMEM, status);
        CHECK(groups.group == NULL && groups.of_node == NULL);
    }
    sfm_tree_free(&tree);
}

SFM_MAIN()
