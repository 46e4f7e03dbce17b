/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What cells of other targets read: by boxes, and as a whole every source exactly once, from
 * near leaves, far nodes and what the local expansion of the node round the cell holds.
 */
#include "tests/support/test.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "schedule/other_targets.h"
#include "tests/support/points.h"
#include "tests/support/schedules.h"

#define N_E 8 /* points of the surfaces; sources up to which leaves are summed directly */
#define N_C 26

static const sfm_tree *tree_of(const sfm_test_schedule *s)
{
    return &s->geometry.tree;
}

/* ---- cells --------------------------------------------------------------------------- */

/* A target relative to the root's centre, tree units, up to rounding. */
static double coordinate(const sfm_test_schedule *s, const double *x, int d)
{
    return (x[d] - tree_of(s)->centre[d]) / s->geometry.unit;
}

/* The centre of a cell in the same terms. */
static double cell_centre(const sfm_test_schedule *s, const sfm_other_targets *o,
                          int32_t cell, int d)
{
    return o->centre[cell][d] - (s->geometry.centre[0][d]);
}

/* Every target is in one cell, whose box holds it; groups are runs of cells. */
static void check_cells(const sfm_test_schedule *s, const sfm_other_targets *o, size_t n,
                        const double *x)
{
    int *times = calloc(n + 1, sizeof *times);
    CHECK(o->points.n == n && o->points.begin[0] == 0 && o->points.begin[o->n_cells] == n);
    for (int32_t c = 0; c < o->n_cells; c++) {
        CHECK(o->points.count[c] == o->points.begin[c + 1] - o->points.begin[c] &&
              o->points.count[c] > 0);
        for (size_t i = o->points.begin[c]; i < o->points.begin[c + 1]; i++) {
            const double *at = x + 3 * (size_t)o->points.index[i];
            times[o->points.index[i]]++;
            for (int d = 0; d < 3; d++) {
                double from = coordinate(s, at, d), centre = cell_centre(s, o, c, d);
                double rounding = 1e-14 * (1 + fabs(from) +
                                           fabs(tree_of(s)->centre[d]) / s->geometry.unit);
                CHECKF(fabs(from - centre) <= o->half[c] + rounding,
                       "target %u: %g from the centre %g, half %g (%s)", o->points.index[i],
                       from - centre, centre, o->half[c], s->name);
            }
        }
    }
    for (size_t i = 0; i < n; i++) CHECKF(times[i] == 1, "target %zu: %d", i, times[i]);
    int32_t next = 0;
    for (int32_t g = 0; g < o->groups.n; g++) {
        const sfm_group *gr = &o->groups.group[g];
        CHECK(gr->first == next && gr->count > 0);
        next += gr->count;
        CHECK(gr->trg_begin == o->points.begin[gr->first] &&
              gr->trg_end == o->points.begin[next]);
    }
    CHECK(next == o->n_cells);
    free(times);
}

/* ---- what a cell reads --------------------------------------------------------------- */

/* How often the sources of each leaf, by node number, are there. */
static void cover_leaves(const sfm_tree *t, int32_t node, int *times)
{
    if (sfm_tree_is_leaf(t, node)) times[node]++;
    for (int c = 0; c < t->n_children[node]; c++)
        cover_leaves(t, t->first_child[node] + c, times);
}

static void cover_row(const sfm_tree *t, const sfm_csr *csr, int32_t row, int *times)
{
    for (size_t k = csr->begin[row]; k < csr->begin[row + 1]; k++)
        cover_leaves(t, csr->item[k], times);
}

/* The local expansion of a node: V, and X as far as P2L sums it, of it and all above. */
static void cover_local(const sfm_test_schedule *s, int32_t node, int *times)
{
    for (; node >= 0; node = tree_of(s)->parent[node]) {
        int32_t v[SFM_MAX_V];
        int length = sfm_lists_v(&s->lists, tree_of(s), node, v);
        for (int k = 0; k < length; k++) cover_leaves(tree_of(s), v[k], times);
        cover_row(tree_of(s), &s->schedule.p2l.csr, node, times);
    }
}

/* A node whose multipole expansion is read: at least one of its sides from all targets of the
 * cell, in the same dimension. */
static void check_far(const sfm_test_schedule *s, const sfm_other_targets *o,
                      const double *x, int32_t cell, int32_t node)
{
    double half = s->geometry.half[s->box[node].level], apart = 0, rounding = 1e-14;
    for (int d = 0; d < 3; d++) {
        double lo = INFINITY, hi = -INFINITY;
        double centre = s->geometry.centre[node][d] - s->geometry.centre[0][d];
        for (size_t i = o->points.begin[cell]; i < o->points.begin[cell + 1]; i++) {
            double from = coordinate(s, x + 3 * (size_t)o->points.index[i], d) - centre;
            lo = fmin(lo, from);
            hi = fmax(hi, from);
        }
        apart = fmax(apart, fmax(lo, -hi) - half);
        rounding += 1e-15 * fabs(tree_of(s)->centre[d]) / s->geometry.unit;
    }
    CHECKF(apart >= 2 * half - rounding, "cell %d: node %d is %g of its sides away (%s)",
           cell, node, apart / (2 * half), s->name);
    size_t limit = s->spec.limit < N_E ? s->spec.limit : N_E; /* in the plan's rows */
    CHECKF(tree_of(s)->src.count[node] > limit && s->box[node].level >= 2,
           "node %d of level %d and %zu sources (%s)", node, s->box[node].level,
           tree_of(s)->src.count[node], s->name);
}

static void check_reading(const sfm_test_schedule *s, const sfm_other_targets *o,
                          const double *x)
{
    const sfm_tree *t = tree_of(s);
    int *times = calloc((size_t)t->n_nodes, sizeof *times);
    for (int32_t c = 0; c < o->n_cells; c++) {
        const size_t *m2p = o->m2p.csr.begin + c, *local = o->local.csr.begin + c;
        for (size_t k = m2p[0]; k < m2p[1]; k++) check_far(s, o, x, c, o->m2p.csr.item[k]);
        CHECK(local[1] - local[0] <= 1);
        if (local[0] < local[1]) {
            int32_t node = o->local.csr.item[local[0]];
            CHECK(s->box[node].level >= 2 && t->trg.count[node] > 0);
            for (int d = 0; d < 3; d++) {
                double from = fabs(o->centre[c][d] - s->geometry.centre[node][d]);
                double half = s->geometry.half[s->box[node].level];
                CHECKF(o->half[c] == half ? from == 0 : from + o->half[c] < half + 1e-15,
                       "cell %d is %g off the centre of node %d, halves %g, %g (%s)", c,
                       from, node, o->half[c], half, s->name);
            }
            cover_local(s, node, times);
        }
        cover_row(t, &o->m2p.csr, c, times);
        cover_row(t, &o->near.csr, c, times);
        for (int32_t a = 0; a < t->n_nodes; a++) {
            if (sfm_tree_is_leaf(t, a) && t->src.count[a] > 0)
                CHECKF(times[a] == 1, "cell %d: leaf %d %d times (%s)", c, a, times[a],
                       s->name);
            times[a] = 0;
        }
    }
    free(times);
}

/* Kernel evaluations of a cell: its targets times the points of all that it reads. */
static void check_pairs(const sfm_test_schedule *s, const sfm_other_targets *o)
{
    for (int32_t c = 0; c < o->n_cells; c++) {
        size_t n = N_E * (o->m2p.csr.begin[c + 1] - o->m2p.csr.begin[c]) +
                   N_C * (o->local.csr.begin[c + 1] - o->local.csr.begin[c]);
        for (size_t k = o->near.csr.begin[c]; k < o->near.csr.begin[c + 1]; k++)
            n += tree_of(s)->src.count[o->near.csr.item[k]];
        n *= o->points.begin[c + 1] - o->points.begin[c];
        double found = sfm_other_targets_pairs(o, tree_of(s), N_E, N_C, c);
        CHECKF(found == (double)n, "cell %d: %g pairs, not %zu", c, found, n);
    }
}

static void check_at(const sfm_test_schedule *s, size_t n, const double *x)
{
    sfm_other_targets o;
    starfmm_status status =
        sfm_other_targets_build(&o, &s->geometry, &s->schedule, N_E, N_C, n, x, NULL);
    CHECK_OK(status);
    if (status != STARFMM_OK) return;
    check_cells(s, &o, n, x);
    check_reading(s, &o, x);
    check_pairs(s, &o);
    sfm_other_targets_free(&o);
    CHECK(o.near.csr.begin == NULL && o.points.index == NULL);
}

/* Points near the tree's own: inside its root, in it and round it, and the points themselves.
 */
static void check_schedule(const sfm_test_schedule *s)
{
    const sfm_tree *t = tree_of(s);
    const size_t n = 60, own = t->src.n < n ? t->src.n : n;
    if (t->half < 1e-200 || t->half > 1e200) return; /* too wide for points round it */
    double *x = sfm_test_points("cube", n, 5);
    for (size_t i = 0; i < 3 * n; i++) {
        double part = i < n ? 1 : i < 2 * n ? 0.1 : 4;
        x[i] = t->centre[i % 3] + t->half * part * (2 * x[i] - 1);
    }
    check_at(s, n, x);
    check_at(s, 0, x);
    for (size_t i = 0; i < own; i++) memcpy(x + 3 * i, s->sources + 3 * i, 3 * sizeof *x);
    check_at(s, own, x);
    free(x);
}

SFM_CASE(every_source_once)
{
    sfm_test_each_schedule(700, check_schedule);
}

/* The plan's limit is the surfaces' as in a plan; many targets, more than a cell holds. */
SFM_CASE(many_targets)
{
    const char *kinds[] = {"plummer", "sphere", "cube"};
    for (int k = 0; k < 3; k++) {
        const sfm_test_spec spec = {
            kinds[k], "cube", 4000, k == 2 ? 900 : 0, 30, SFM_MAX_DEPTH, k != 1,
            N_E,      32,     0};
        const size_t n = 6000;
        sfm_test_schedule s;
        if (!sfm_test_schedule_make(&s, &spec)) return;
        double *x = sfm_test_points("cube", n, 77);
        for (size_t i = 0; i < 3 * n; i++) x[i] = i < n ? 0.3 : 1.4 * x[i] - 0.7;
        check_at(&s, n, x);
        free(x);
        sfm_test_schedule_free(&s);
    }
}

SFM_CASE(memory_failures)
{
    const sfm_test_spec spec = {"plummer", "", 900, 0, 10, SFM_MAX_DEPTH, 1, N_E, 16, 0};
    const size_t n = 200;
    sfm_test_schedule s;
    if (!sfm_test_schedule_make(&s, &spec)) return;
    double *x = sfm_test_points("plummer", n, 6);
    starfmm_status status = STARFMM_ENOMEM;
    long k = 0;
    while (status == STARFMM_ENOMEM && k < 200) {
        sfm_other_targets o;
        sfm_alloc_fail_after(++k);
        status =
            sfm_other_targets_build(&o, &s.geometry, &s.schedule, N_E, N_C, n, x, NULL);
        sfm_alloc_fail_after(0);
        if (status == STARFMM_OK) sfm_other_targets_free(&o);
        CHECK(o.targets == NULL && o.near.csr.begin == NULL && o.points.index == NULL);
    }
    CHECK(status == STARFMM_OK);
    CHECKF(k > 30, "%ld allocations", k - 1);
    free(x);
    sfm_test_schedule_free(&s);
}

SFM_MAIN()
