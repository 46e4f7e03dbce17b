/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/test.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "tests/support/boxes.h"
#include "tests/support/points.h"
#include "tests/support/tree_valid.h"
#include "tree/tree.h"

/* Who the targets are. */
enum { SAME, OTHERS, NO_TARGETS, NO_SOURCES, N_MODES };

typedef struct input {
    size_t n_src, n_trg;
    double *src, *trg;
} input;

static input make_input(const char *kind, int mode, size_t n, uint64_t seed)
{
    input in = {.n_src = mode == NO_SOURCES ? 0 : n,
                .n_trg = mode == NO_TARGETS ? 0 : n / 2 + 1};
    in.src = sfm_test_points(kind, in.n_src, seed);
    in.trg = mode == SAME ? NULL : sfm_test_points(kind, in.n_trg, seed + 1);
    return in;
}

static void free_input(input *in)
{
    free(in->src);
    free(in->trg);
}

static starfmm_status build(sfm_tree *tree, const sfm_tree_options *o, const input *in)
{
    return sfm_tree_build(tree, o, in->n_src, in->src, in->n_trg, in->trg);
}

static void check_invariants(const char *kind, int mode, size_t n,
                             const sfm_tree_options *o)
{
    const uint64_t seed = 17 + n;
    input in = make_input(kind, mode, n, seed);
    sfm_tree tree;
    CHECK_OK(build(&tree, o, &in));
    CHECKF(sfm_test_tree_is_valid(&tree, o, in.src, in.trg),
           "%s mode %d n %zu n_crit %d max_depth %d balance %d seed %llu: %s", kind, mode,
           n, o->n_crit, o->max_depth, o->balance, (unsigned long long)seed,
           sfm_get_error());
    CHECK(tree.src.n == in.n_src);
    CHECK(tree.trg.n == (mode == SAME ? in.n_src : in.n_trg));
    CHECK((tree.src.index == tree.trg.index) == (mode == SAME));
    sfm_tree_free(&tree);
    free_input(&in);
}

SFM_CASE(invariants)
{
    const size_t sizes[] = {0, 1, 2, 40, 3000};
    const int n_crits[] = {1, 7, 60}, caps[] = {1, 4, SFM_MAX_DEPTH};
    for (int k = 0; k < sfm_test_n_kinds; k++)
        for (int mode = 0; mode < N_MODES; mode++)
            for (size_t s = 0; s < 5; s++)
                for (int c = 0; c < 9; c++)
                    for (int balance = 0; balance < 2; balance++) {
                        sfm_tree_options o = {n_crits[c % 3], caps[c / 3], balance,
                                              NULL,           NULL,        1};
                        check_invariants(sfm_test_kinds[k], mode, sizes[s], &o);
                    }
}

SFM_CASE(invariants_in_a_stretched_cube)
{
    const double stretches[] = {1.001, 16.0 / 11, 2};
    for (int k = 0; k < sfm_test_n_kinds; k++)
        for (int mode = 0; mode < N_MODES; mode++)
            for (int s = 0; s < 3; s++) {
                sfm_tree_options o = {7, SFM_MAX_DEPTH, 1, NULL, NULL, stretches[s]};
                check_invariants(sfm_test_kinds[k], mode, 1000, &o);
            }
}

SFM_CASE(few_points_make_a_lone_root)
{
    const sfm_tree_options o = {40, SFM_MAX_DEPTH, 1, NULL, NULL, 1};
    for (size_t n = 0; n <= 40; n += 20) {
        input in = make_input("cube", SAME, n, n);
        sfm_tree tree;
        REQUIRE(build(&tree, &o, &in) == STARFMM_OK);
        CHECK(tree.n_nodes == 1 && tree.n_leaves == 1 && tree.depth == 0);
        CHECK(tree.src.count[0] == n);
        sfm_tree_free(&tree);
        free_input(&in);
    }
}

/* Heaps beyond n_crit are parted from each other and from a few loners, not split. */
SFM_CASE(coincident_points_stay_together)
{
    const sfm_tree_options o = {10, SFM_MAX_DEPTH, 1, NULL, NULL, 1};
    input in = make_input("equal", SAME, 500, 1);
    sfm_tree tree;
    REQUIRE(build(&tree, &o, &in) == STARFMM_OK);
    CHECK(tree.depth == 0 && tree.n_nodes == 1 && tree.src.count[0] == 500);
    for (uint32_t i = 0; i < 500; i++)
        CHECK(tree.src.index[i] == i); /* the sort is stable */
    sfm_tree_free(&tree);
    /* Five corners of the unit cube, a hundred points each: one level down, alone. */
    for (size_t i = 0; i < 500; i++)
        for (size_t d = 0; d < 3; d++) in.src[3 * i + d] = (double)(i % 5 >> d & 1);
    REQUIRE(build(&tree, &o, &in) == STARFMM_OK);
    CHECK(tree.depth == 1 && tree.n_leaves == 5);
    sfm_tree_free(&tree);
    /* Two points more in an eighth of the cube: apart from the heap two levels down. */
    for (size_t i = 0; i < 2; i++)
        for (size_t d = 0; d < 3; d++) in.src[3 * i + d] = 0.3;
    REQUIRE(build(&tree, &o, &in) == STARFMM_OK);
    CHECK(tree.depth == 2 && tree.n_leaves == 6);
    CHECK(sfm_test_tree_is_valid(&tree, &o, in.src, NULL));
    sfm_tree_free(&tree);
    free_input(&in);
}

/* A target that is not on the sources' heap parts them from it; one that is does not. */
SFM_CASE(coincident_points_of_both_sets)
{
    const sfm_tree_options o = {10, 12, 0, NULL, NULL, 1};
    double src[3 * 50], trg[3 * 2] = {0, 0, 0, 1, 1, 1};
    input in = {50, 2, src, trg};
    sfm_tree tree;
    for (size_t i = 0; i < 150; i++) src[i] = 1;
    REQUIRE(build(&tree, &o, &in) == STARFMM_OK);
    CHECK(tree.depth == 1 && tree.n_leaves == 2 &&
          sfm_test_tree_is_valid(&tree, &o, src, trg));
    sfm_tree_free(&tree);
    for (size_t d = 0; d < 3; d++) trg[d] = 1;
    REQUIRE(build(&tree, &o, &in) == STARFMM_OK);
    CHECK(tree.depth == 0 && sfm_test_tree_is_valid(&tree, &o, src, trg));
    sfm_tree_free(&tree);
}

/* Far-off or scaled points: powers of two change no digit, so the tree must be the same. */
SFM_CASE(scaling_changes_nothing)
{
    const sfm_tree_options o = {20, SFM_MAX_DEPTH, 1, NULL, NULL, 1};
    const double scales[] = {0x1p-900, 0x1p-30, 0x1p40, 0x1p900};
    input in = make_input("plummer", SAME, 2000, 8),
          scaled = make_input("plummer", SAME, 2000, 8);
    sfm_tree tree, other;
    REQUIRE(build(&tree, &o, &in) == STARFMM_OK);
    for (int k = 0; k < 4; k++) {
        for (size_t i = 0; i < 6000; i++) scaled.src[i] = in.src[i] * scales[k];
        REQUIRE(build(&other, &o, &scaled) == STARFMM_OK);
        REQUIRE(other.n_nodes == tree.n_nodes);
        CHECK(memcmp(tree.key, other.key, (size_t)tree.n_nodes * sizeof *tree.key) == 0);
        CHECK(memcmp(tree.src.index, other.src.index, 2000 * sizeof(uint32_t)) == 0);
        CHECK(other.half == tree.half * scales[k]);
        sfm_tree_free(&other);
    }
    sfm_tree_free(&tree);
    free_input(&in);
    free_input(&scaled);
}

/* ---- an obvious tree: a list of leaves, split one by one --------------------------- */

#define MAX_LEAVES 20000

typedef struct naive {
    const sfm_tree *root; /* its cube only */
    const double *x[2];
    size_t n[2];
    int n_leaves;
    sfm_key leaf[MAX_LEAVES];
} naive;

static int holds(const naive *t, sfm_key key, const double *x)
{
    sfm_test_box box = sfm_test_box_of(key);
    for (int d = 0; d < 3; d++) {
        double at = ((x[d] - t->root->centre[d]) / t->root->half + 1) * (1 << 20);
        if (at < (double)box.lo[d] || at >= (double)box.hi[d]) return 0;
    }
    return 1;
}

static size_t count(const naive *t, sfm_key key, int set)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n[set]; i++) n += (size_t)holds(t, key, t->x[set] + 3 * i);
    return n;
}

/* Replace leaf i by its children that hold points. */
static void naive_split(naive *t, int i)
{
    sfm_key parent = t->leaf[i];
    t->leaf[i] = t->leaf[--t->n_leaves];
    for (sfm_key c = 8 * parent; c < 8 * parent + 8; c++)
        if (count(t, c, 0) + count(t, c, 1) > 0) t->leaf[t->n_leaves++] = c;
}

/* Does a cell of the deepest level hold all points of the leaf? */
static int one_cell(const naive *t, sfm_key leaf)
{
    size_t all = count(t, leaf, 0) + count(t, leaf, 1);
    while (sfm_key_level(leaf) < SFM_MAX_DEPTH) {
        sfm_key fullest = 8 * leaf;
        while (fullest < 8 * leaf + 7 && count(t, fullest, 0) + count(t, fullest, 1) == 0)
            fullest++;
        leaf = fullest;
    }
    return count(t, leaf, 0) + count(t, leaf, 1) == all;
}

static void naive_build(naive *t, size_t n_crit, int max_depth)
{
    t->leaf[0] = 1;
    t->n_leaves = 1;
    for (int i = 0; i < t->n_leaves;) {
        int over = count(t, t->leaf[i], 0) > n_crit || count(t, t->leaf[i], 1) > n_crit;
        if (over && sfm_key_level(t->leaf[i]) < max_depth && !one_cell(t, t->leaf[i]))
            naive_split(t, i);
        else
            i++;
    }
}

/* A leaf that touches one at least two levels finer, -1: none; of such pairs one with the
 * deepest fine leaf.  (The order matters: a fine leaf that is itself to be split may have
 * no child that still touches the coarse one.) */
static int offender(const naive *t)
{
    int found = -1, deepest = 0;
    for (int i = 0; i < t->n_leaves; i++) {
        sfm_test_box a = sfm_test_box_of(t->leaf[i]);
        for (int j = 0; j < t->n_leaves; j++) {
            int level = sfm_key_level(t->leaf[j]);
            if (level < a.level + 2 || level <= deepest) continue;
            sfm_test_box b = sfm_test_box_of(t->leaf[j]);
            if (!sfm_test_boxes_touch(&a, &b)) continue;
            found = i;
            deepest = level;
        }
    }
    return found;
}

static int ascending(const void *a, const void *b)
{
    const sfm_key *p = a, *q = b;
    return (*p > *q) - (*p < *q);
}

/* Leaves in the order of a tree; ascending keys are (level, Morton) order. */
static int same_leaves(naive *t, const sfm_tree *tree)
{
    qsort(t->leaf, (size_t)t->n_leaves, sizeof *t->leaf, ascending);
    if (t->n_leaves != tree->n_leaves) return 0;
    for (int32_t i = 0, k = 0; i < tree->n_nodes; i++)
        if (sfm_tree_is_leaf(tree, i) && tree->key[i] != t->leaf[k++]) return 0;
    return 1;
}

static void check_against_naive(const char *kind, int mode, size_t n, int n_crit)
{
    static naive oracle;
    input in = make_input(kind, mode, n, 23);
    for (int balance = 0; balance < 2; balance++) {
        sfm_tree_options o = {n_crit, 12, balance, NULL, NULL, 1};
        sfm_tree tree;
        REQUIRE(build(&tree, &o, &in) == STARFMM_OK);
        oracle = (naive){.root = &tree, .x = {in.src, in.trg}, .n = {in.n_src}};
        if (mode != SAME) oracle.n[1] = in.n_trg;
        naive_build(&oracle, (size_t)n_crit, 12);
        for (int i; balance && (i = offender(&oracle)) >= 0;) naive_split(&oracle, i);
        CHECKF(same_leaves(&oracle, &tree),
               "%s mode %d balance %d seed 23: %d leaves, not %d", kind, mode, balance,
               tree.n_leaves, oracle.n_leaves);
        sfm_tree_free(&tree);
    }
    free_input(&in);
}

/* The same leaves as splitting, and then splitting offenders, one leaf after the other. */
SFM_CASE(leaves_are_those_of_naive_splitting)
{
    const char *kinds[] = {"cube",     "sphere", "ellipsoid", "plummer",
                           "clusters", "ratio",  "line",      "heaps"};
    for (int k = 0; k < 8; k++) {
        check_against_naive(kinds[k], SAME, 250, 3);
        check_against_naive(kinds[k], OTHERS, 150, 3);
    }
}

/* ---- failures ---------------------------------------------------------------------- */

SFM_CASE(memory_failures)
{
    const sfm_tree_options o = {2, SFM_MAX_DEPTH, 1, NULL, NULL, 1};
    input in = make_input("plummer", OTHERS, 3000, 4);
    starfmm_status status = STARFMM_ENOMEM;
    long n_allocations = 0;
    while (status == STARFMM_ENOMEM && n_allocations < 1000) {
        sfm_tree tree;
        sfm_alloc_fail_after(++n_allocations);
        status = build(&tree, &o, &in);
        sfm_alloc_fail_after(0);
        if (status != STARFMM_OK) CHECK(tree.key == NULL && tree.src.index == NULL);
        sfm_tree_free(&tree);
    }
    CHECK(status == STARFMM_OK);
    CHECKF(n_allocations > 15 && n_allocations < 1000, "%ld", n_allocations);
    free_input(&in);
}

/* Damage one thing after the other: the validator must see each. */
static void damage(sfm_tree *t, int what)
{
    int32_t last = t->n_nodes - 1, inner = t->parent[last];
    switch (what) {
    case 0:
        t->half = NAN;
        break;
    case 1:
        t->centre[1] = INFINITY;
        break;
    case 2:
        t->key[last] ^= 7;
        break;
    case 3:
        t->parent[last] = 0;
        break;
    case 4:
        t->first_child[inner]++;
        break;
    case 5:
        t->n_children[inner]--;
        break;
    case 6:
        t->n_leaves++;
        break;
    case 7:
        t->depth++;
        break;
    case 8:
        t->level_begin[2]++;
        break;
    case 9:
        t->src.index[0] = t->src.index[1];
        break;
    case 10:
        t->src.begin[last]--;
        break;
    case 11:
        t->src.count[inner]++;
        break;
    case 12:
        t->half *= 1.01;
        break;
    case 13:
        t->centre[2] += t->half * 1e-6;
        break;
    case 14:
        t->balanced = !t->balanced;
        break;
    case 15:
        t->trg.index[0] = (uint32_t)t->trg.n;
        break;
    case 16:
        t->same_points = 1;
        break;
    default:
        t->trg.begin[t->n_nodes]--;
        break;
    }
}

SFM_CASE(validator_sees_damage)
{
    const sfm_tree_options o = {5, SFM_MAX_DEPTH, 0, NULL, NULL, 1},
                           balanced = {5, SFM_MAX_DEPTH, 1, NULL, NULL, 1};
    input in = make_input("plummer", OTHERS, 4000, 4);
    sfm_tree tree;
    for (int what = 0; what < 18; what++) {
        REQUIRE(build(&tree, &o, &in) == STARFMM_OK);
        damage(&tree, what);
        CHECKF(!sfm_test_tree_is_valid(&tree, &o, in.src, in.trg), "damage %d", what);
        tree.same_points = 0;
        sfm_tree_free(&tree);
    }
    REQUIRE(build(&tree, &o, &in) == STARFMM_OK);
    tree.balanced = 1;
    CHECK(!sfm_test_tree_is_valid(&tree, &balanced, in.src, in.trg));
    const sfm_tree_options fewer = {4, SFM_MAX_DEPTH, 0, NULL, NULL, 1},
                           flat = {5, 3, 0, NULL, NULL, 1},
                           more = {50, 21, 0, NULL, NULL, 1};
    tree.balanced = 0;
    CHECK(sfm_test_tree_is_valid(&tree, &o, in.src, in.trg));
    CHECK(!sfm_test_tree_is_valid(&tree, &fewer, in.src, in.trg));
    CHECK(!sfm_test_tree_is_valid(&tree, &flat, in.src, in.trg));
    CHECK(!sfm_test_tree_is_valid(&tree, &more, in.src, in.trg));
    sfm_tree_free(&tree);
    free_input(&in);
}

SFM_MAIN()
