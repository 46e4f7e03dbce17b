/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/test.h"

#include <string.h>

#include "base/memory.h"
#include "tests/support/boxes.h"
#include "tests/support/points.h"
#include "tree/lists.h"

/* A tree over points of a kind, the boxes of its nodes, and its lists. */
typedef struct sample {
    char name[96];
    double *x, *y; /* y: targets or NULL */
    sfm_tree tree;
    sfm_test_box *box;
    sfm_lists lists;
} sample;

static sample make_sample(const char *kind, size_t n, const sfm_tree_options *o,
                          int own_targets)
{
    sample s = {.x = sfm_test_points(kind, n, 31)};
    if (own_targets) s.y = sfm_test_points(kind, n, 32);
    snprintf(s.name, sizeof s.name, "%s n %zu n_crit %d balance %d targets %d seed 31",
             kind, n, o->n_crit, o->balance, own_targets);
    CHECK_OK(sfm_tree_build(&s.tree, o, n, s.x, own_targets ? n : 0, s.y));
    CHECK_OK(sfm_lists_build(&s.lists, &s.tree, NULL));
    s.box = sfm_test_boxes_of(&s.tree);
    return s;
}

static void free_sample(sample *s)
{
    sfm_lists_free(&s->lists);
    sfm_tree_free(&s->tree);
    free(s->box);
    free(s->x);
    free(s->y);
}

/* ---- the definitions, by looking at all nodes -------------------------------------- */

typedef int member(const sfm_tree *tree, const sfm_test_box *box, int32_t b, int32_t a);

static int leaf(const sample *s, int32_t a)
{
    return sfm_tree_is_leaf(&s->tree, a);
}

static int in_colleagues(const sfm_tree *tree, const sfm_test_box *box, int32_t b,
                         int32_t a)
{
    (void)tree;
    return box[a].level == box[b].level && sfm_test_boxes_touch(&box[a], &box[b]);
}

/* Whether a row is exactly what the definition says, in ascending order. */
static void check_row(const sample *s, const char *list, member *is_member, int32_t b,
                      const int32_t *row, size_t n)
{
    size_t k = 0;
    int right = 1;
    for (int32_t a = 0; a < s->tree.n_nodes; a++)
        if (is_member(&s->tree, s->box, b, a)) {
            right &= k < n && row[k] == a;
            k++;
        }
    CHECKF(right && k == n, "%s of node %d: %zu items, not %zu (%s)", list, b, n, k,
           s->name);
}

static void check_csr(const sample *s, const char *list, member *is_member,
                      const sfm_csr *csr)
{
    CHECK(csr->begin[0] == 0);
    for (int32_t b = 0; b < s->tree.n_nodes; b++)
        check_row(s, list, is_member, b, csr->item + csr->begin[b],
                  csr->begin[b + 1] - csr->begin[b]);
}

static void check_definitions(const char *kind, size_t n, const sfm_tree_options *o,
                              int targets)
{
    sample s = make_sample(kind, n, o, targets);
    check_csr(&s, "colleagues", in_colleagues, &s.lists.colleagues);
    check_csr(&s, "U", sfm_test_in_u, &s.lists.u);
    check_csr(&s, "W", sfm_test_in_w, &s.lists.w);
    check_csr(&s, "X", sfm_test_in_x, &s.lists.x);
    for (int32_t b = 0; b < s.tree.n_nodes; b++) {
        int32_t v[SFM_MAX_V];
        check_row(&s, "V", sfm_test_in_v, b, v,
                  (size_t)sfm_lists_v(&s.lists, &s.tree, b, v));
    }
    free_sample(&s);
}

SFM_CASE(definitions)
{
    for (int k = 0; k < sfm_test_n_kinds; k++)
        for (int balance = 0; balance < 2; balance++) {
            sfm_tree_options o = {3, SFM_MAX_DEPTH, balance, NULL, NULL, 1},
                             capped = {2, 4, balance, NULL, NULL, 1};
            for (size_t n = 0; n < 3; n++) check_definitions(sfm_test_kinds[k], n, &o, 0);
            check_definitions(sfm_test_kinds[k], 700, &o, 0);
            check_definitions(sfm_test_kinds[k], 700, &capped, 0);
            check_definitions(sfm_test_kinds[k], 300, &o, 1);
        }
}

/* ---- completeness ------------------------------------------------------------------ */

/* Leaves in depth-first order: those below a node are a range. */
typedef struct ranks {
    int32_t *first, *last; /* [n_nodes] leaves [first, last) below a node */
    int32_t n;
} ranks;

static void rank(const sfm_tree *t, int32_t node, ranks *r)
{
    r->first[node] = r->n;
    if (sfm_tree_is_leaf(t, node)) r->n++;
    for (int c = 0; c < t->n_children[node]; c++) rank(t, t->first_child[node] + c, r);
    r->last[node] = r->n;
}

static void cover(const ranks *r, uint8_t *row, const int32_t *item, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (int32_t k = r->first[item[i]]; k < r->last[item[i]]; k++) row[k]++;
}

static void cover_csr(const ranks *r, uint8_t *row, const sfm_csr *csr, int32_t node)
{
    cover(r, row, csr->item + csr->begin[node], csr->begin[node + 1] - csr->begin[node]);
}

/* How often each source leaf reaches a target leaf: by its U and W, and by the V and X of
 * itself and its ancestors. */
static void cover_leaf(const sample *s, const ranks *r, int32_t target, uint8_t *row)
{
    memset(row, 0, (size_t)r->n);
    cover_csr(r, row, &s->lists.u, target);
    cover_csr(r, row, &s->lists.w, target);
    for (int32_t b = target; b >= 0; b = s->tree.parent[b]) {
        int32_t v[SFM_MAX_V];
        cover(r, row, v, (size_t)sfm_lists_v(&s->lists, &s->tree, b, v));
        cover_csr(r, row, &s->lists.x, b);
    }
}

static void check_complete(const char *kind, size_t n, const sfm_tree_options *o,
                           int targets)
{
    sample s = make_sample(kind, n, o, targets);
    size_t n_nodes = (size_t)s.tree.n_nodes;
    ranks r = {malloc(n_nodes * sizeof(int32_t)), malloc(n_nodes * sizeof(int32_t)), 0};
    rank(&s.tree, 0, &r);
    uint8_t *row = malloc((size_t)r.n);
    size_t lost = 0, twice = 0;
    for (int32_t b = 0; b < s.tree.n_nodes; b++) {
        if (!leaf(&s, b)) continue;
        cover_leaf(&s, &r, b, row);
        for (int32_t k = 0; k < r.n; k++) {
            lost += row[k] == 0;
            twice += row[k] > 1;
        }
    }
    CHECKF(lost == 0 && twice == 0, "%zu pairs lost, %zu more than once, of %d leaves (%s)",
           lost, twice, r.n, s.name);
    free(row);
    free(r.first);
    free(r.last);
    free_sample(&s);
}

SFM_CASE(every_pair_of_leaves_once)
{
    for (int k = 0; k < sfm_test_n_kinds; k++)
        for (int balance = 0; balance < 2; balance++) {
            sfm_tree_options o = {4, SFM_MAX_DEPTH, balance, NULL, NULL, 1},
                             capped = {1, 5, balance, NULL, NULL, 1};
            check_complete(sfm_test_kinds[k], 6000, &o, 0);
            check_complete(sfm_test_kinds[k], 1500, &o, 1);
            check_complete(sfm_test_kinds[k], 1500, &capped, 0);
        }
}

/* The set on which a W list of leaves only loses pairs. */
SFM_CASE(w_and_x_reach_inner_nodes)
{
    const sfm_tree_options o = {20, SFM_MAX_DEPTH, 0, NULL, NULL, 1};
    sample s = make_sample("plummer", 20000, &o, 0);
    size_t inner = 0, rows = 0;
    const sfm_csr *w = &s.lists.w;
    for (size_t i = 0; i < w->begin[s.tree.n_nodes]; i++) inner += !leaf(&s, w->item[i]);
    for (int32_t b = 0; b < s.tree.n_nodes; b++)
        rows += !leaf(&s, b) && s.lists.x.begin[b + 1] > s.lists.x.begin[b];
    CHECK(inner > 0 && rows > 0);
    free_sample(&s);
}

/* ---- bounds ------------------------------------------------------------------------ */

static size_t longest(const sfm_csr *csr, int32_t n)
{
    size_t max = 0;
    for (int32_t b = 0; b < n; b++) {
        size_t length = csr->begin[b + 1] - csr->begin[b];
        if (length > max) max = length;
    }
    return max;
}

/* A leaf with one level of refinement all round: U has the 4^3 - 2^3 small leaves that
 * touch it and itself, W the rest of the 6^3 in its colleagues.  No leaf has more in a
 * balanced tree without empty octants. */
#define MOST_U (4 * 4 * 4 - 2 * 2 * 2 + 1)
#define MOST_W (6 * 6 * 6 - 4 * 4 * 4)
#define MOST_X 19

SFM_CASE(the_longest_balanced_lists)
{
    /* Unit cells: a point in each of 6^3 but the 2^3 in the middle, which share one;
     * corners that make the root [0, 8]^3. */
    double x[6 * 6 * 6 + 3][3] = {{0, 0, 0}, {8, 8, 8}, {2.5, 2.5, 2.5}};
    size_t n = 3;
    for (int i = 0; i < 6 * 6 * 6; i++) {
        int at[3] = {i % 6, i / 6 % 6, i / 36}, middle = 1;
        for (int d = 0; d < 3; d++) middle &= at[d] == 2 || at[d] == 3;
        for (int d = 0; d < 3 && !middle; d++) x[n][d] = at[d] + 0.5;
        n += !middle;
    }
    const sfm_tree_options o = {1, SFM_MAX_DEPTH, 1, NULL, NULL, 1};
    sfm_tree tree;
    sfm_lists lists;
    REQUIRE(sfm_tree_build(&tree, &o, n, x[0], 0, NULL) == STARFMM_OK);
    REQUIRE(sfm_lists_build(&lists, &tree, NULL) == STARFMM_OK);
    const uint32_t anchor[3] = {1, 1, 1};
    int32_t b = 0;
    while (b + 1 < tree.n_nodes && tree.key[b] != sfm_key_encode(2, anchor)) b++;
    CHECK(sfm_tree_is_leaf(&tree, b));
    CHECK(lists.u.begin[b + 1] - lists.u.begin[b] == MOST_U);
    CHECK(lists.w.begin[b + 1] - lists.w.begin[b] == MOST_W);
    sfm_lists_free(&lists);
    sfm_tree_free(&tree);
}

SFM_CASE(bounds_on_balanced_trees)
{
    const sfm_tree_options o = {30, SFM_MAX_DEPTH, 1, NULL, NULL, 1};
    for (int k = 0; k < sfm_test_n_kinds; k++) {
        sample s = make_sample(sfm_test_kinds[k], 50000, &o, 0);
        int32_t n = s.tree.n_nodes;
        size_t u = longest(&s.lists.u, n), w = longest(&s.lists.w, n),
               x = longest(&s.lists.x, n);
        CHECKF(u <= MOST_U && w <= MOST_W && x <= MOST_X, "U %zu W %zu X %zu (%s)", u, w, x,
               s.name);
        CHECK(longest(&s.lists.colleagues, n) <= 27);
        for (int32_t b = 0; b < n; b++) {
            int32_t v[SFM_MAX_V];
            CHECK(sfm_lists_v(&s.lists, &s.tree, b, v) <= SFM_MAX_V);
        }
        free_sample(&s);
    }
}

/* ---- failures ---------------------------------------------------------------------- */

SFM_CASE(memory_failures)
{
    const sfm_tree_options o = {5, SFM_MAX_DEPTH, 1, NULL, NULL, 1};
    sample s = make_sample("plummer", 5000, &o, 0);
    starfmm_status status = STARFMM_ENOMEM;
    long n_allocations = 0;
    while (status == STARFMM_ENOMEM && n_allocations < 100) {
        sfm_lists lists;
        sfm_alloc_fail_after(++n_allocations);
        status = sfm_lists_build(&lists, &s.tree, NULL);
        sfm_alloc_fail_after(0);
        if (status != STARFMM_OK)
            CHECK(lists.u.item == NULL && lists.colleagues.begin == NULL);
        sfm_lists_free(&lists);
    }
    CHECK(status == STARFMM_OK);
    CHECKF(n_allocations > 10 && n_allocations < 100, "%ld", n_allocations);
    free_sample(&s);
}

SFM_MAIN()
