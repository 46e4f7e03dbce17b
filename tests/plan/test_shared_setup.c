/* SPDX-License-Identifier: BSD-3-Clause */
/* Whoever shares the work of making a plan: the same tree, lists, groups, work and places,
 * bit for bit. */
#include <string.h>

#include "base/memory.h"
#include "plan/plan.h"
#include "tests/support/helpers.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

#define SAME(field, count)                                                                 \
    (memcmp(a->field, b->field, (size_t)(count) * sizeof *a->field) == 0                   \
         ? 1                                                                               \
         : (fprintf(stderr, "    %s differs\n", #field), 0))

static int same_points(const sfm_points *a, const sfm_points *b, size_t nodes)
{
    return a->n == b->n && SAME(index, a->n) && SAME(begin, nodes + 1) &&
           SAME(count, nodes);
}

static int same_tree(const sfm_tree *a, const sfm_tree *b)
{
    size_t n = (size_t)a->n_nodes;
    return a->n_nodes == b->n_nodes && a->n_leaves == b->n_leaves && SAME(centre, 3) &&
           a->half == b->half && SAME(level_begin, SFM_MAX_DEPTH + 2) && SAME(key, n) &&
           SAME(parent, n) && SAME(first_child, n) && SAME(n_children, n) &&
           same_points(&a->src, &b->src, n) && same_points(&a->trg, &b->trg, n);
}

static int same_reading(const sfm_reading *a, const sfm_reading *b, size_t nodes,
                        int32_t groups)
{
    size_t slots = 0;
    for (int32_t g = 0; g < groups; g++) {
        if (a->group[g].n_slots != b->group[g].n_slots) return 0;
        if (a->group[g].longest != b->group[g].longest) return 0;
        if (a->group[g].begin - a->csr.begin != b->group[g].begin - b->csr.begin) return 0;
        if (a->group[g].slot_group - a->slots != b->group[g].slot_group - b->slots)
            return 0;
        slots += (size_t)a->group[g].n_slots;
    }
    return SAME(csr.begin, nodes + 1) && SAME(csr.item, a->csr.begin[nodes]) &&
           SAME(slot, a->csr.begin[nodes]) && SAME(slots, slots);
}

static int same_m2l(const sfm_m2l_work *a, const sfm_m2l_work *b)
{
    size_t parents = (size_t)a->n_parents, halo = (size_t)a->n_halo;
    if (a->n_trg != b->n_trg || a->n_slots != b->n_slots || a->n_parents != b->n_parents ||
        a->n_halo != b->n_halo)
        return 0;
    if (!SAME(slot_group, a->n_slots) || !SAME(slot_nodes, a->n_slots) ||
        !SAME(trg_mask, parents) || !SAME(trg_index, 8 * parents) ||
        !SAME(halo_of, 27 * parents) || !SAME(halo_mask, halo) ||
        !SAME(halo_slot, 8 * halo))
        return 0;
    for (size_t i = 0; i < 8 * halo; i++) /* no index where there is no slot */
        if (a->halo_slot[i] >= 0 && a->halo_index[i] != b->halo_index[i]) return 0;
    return 1;
}

static int same_groups(const sfm_groups *a, const sfm_groups *b, size_t nodes)
{
    if (a->n != b->n || !SAME(of_node, nodes)) return 0;
    for (int32_t g = 0; g < a->n; g++) {
        const sfm_group *p = &a->group[g], *q = &b->group[g];
        if (p->level != q->level || p->first != q->first || p->count != q->count ||
            p->src_begin != q->src_begin || p->src_end != q->src_end ||
            p->trg_begin != q->trg_begin || p->trg_end != q->trg_end)
            return 0;
    }
    return 1;
}

static int same_schedule(const sfm_schedule *a, const sfm_schedule *b, size_t nodes)
{
    if (!same_groups(&a->groups, &b->groups, nodes) || !SAME(v_length, nodes) ||
        !SAME(read_by_m2l, a->groups.n))
        return 0;
    for (int32_t g = 0; g < a->groups.n; g++)
        if (!same_m2l(&a->m2l[g], &b->m2l[g])) return 0;
    return same_reading(&a->near, &b->near, nodes, a->groups.n) &&
           same_reading(&a->m2p, &b->m2p, nodes, a->groups.n) &&
           same_reading(&a->p2l, &b->p2l, nodes, a->groups.n);
}

static int same_plan(const sfm_plan *p, const sfm_plan *q)
{
    const sfm_geometry *a = &p->geometry, *b = &q->geometry;
    size_t n = (size_t)a->tree.n_nodes;
    if (!same_tree(&a->tree, &b->tree) || !SAME(centre, n)) return 0;
    for (int k = 0; k < 4; k++)
        if (p->lists[k].max != q->lists[k].max ||
            p->lists[k].mean_all != q->lists[k].mean_all ||
            p->lists[k].mean_leaves != q->lists[k].mean_leaves)
            return 0;
    return same_schedule(&p->schedule, &q->schedule, n) &&
           p->buffers.bytes == q->buffers.bytes &&
           memcmp(p->buffers.block.memory, q->buffers.block.memory, p->buffers.bytes) == 0;
}

static void compare(const starfmm_options *o, const char *kind, size_t n_src, size_t n_trg)
{
    const int sizes[] = {1, 2, 3, 7};
    double *x = sfm_test_points(kind, n_src, 1), *y = sfm_test_points(kind, n_trg + 1, 2);
    sfm_point_sets points = {n_src, n_trg, x, n_trg ? y : NULL, NULL};
    sfm_plan serial;
    CHECK_OK(sfm_plan_build(&serial, o, &points, 0));
    for (int s = 0; s < 4; s++) {
        sfm_test_helpers threads;
        sfm_plan shared;
        sfm_test_helpers_open(&threads, sizes[s]);
        points.helpers = &threads.helpers;
        CHECK_OK(sfm_plan_build(&shared, o, &points, 0));
        CHECKF(same_plan(&serial, &shared), "%s, %zu and %zu points, %d threads", kind,
               n_src, n_trg, sizes[s]);
        sfm_plan_free(&shared);
        sfm_test_helpers_close(&threads);
    }
    sfm_plan_free(&serial);
    free(x);
    free(y);
}

static starfmm_options options(int n_crit)
{
    starfmm_options o;
    starfmm_options_init(&o);
    o.order = 2;
    o.n_crit = n_crit;
    return o;
}

SFM_CASE(same_for_any_number_of_threads)
{
    /* Points in one cell of the sort's first digit, in eight, in many, on few places. */
    const char *kinds[] = {"cube", "plummer", "clusters", "heaps", "equal", "line"};
    for (int k = 0; k < 6; k++) {
        starfmm_options o = options(30);
        compare(&o, kinds[k], 100000, 0);
    }
}

SFM_CASE(same_with_other_targets)
{
    starfmm_options o = options(30);
    compare(&o, "plummer", 60000, 90000);
    o.balance = STARFMM_OFF;
    o.precision = STARFMM_FLOAT;
    compare(&o, "ellipsoid", 90000, 60000);
}

SFM_CASE(few_points_or_none)
{
    starfmm_options o = options(3);
    compare(&o, "cube", 0, 0);
    compare(&o, "cube", 1, 0);
    compare(&o, "sphere", 3000, 10);
}

/* The first bad coordinate is told, whoever finds it. */
SFM_CASE(first_bad_point)
{
    const size_t n = 200000;
    double *x = sfm_test_points("cube", n, 1);
    sfm_test_helpers threads;
    sfm_test_helpers_open(&threads, 3);
    x[3 * 150001 + 1] = x[3 * 60002 + 2] = x[3 * 199999] = 1.0 / 0.0;
    sfm_plan plan;
    sfm_point_sets points = {n, 0, x, NULL, &threads.helpers};
    CHECK_STATUS(STARFMM_ENONFINITE, sfm_plan_build(&plan, NULL, &points, 0));
    CHECKF(strncmp(sfm_get_error(), "source 60002 ", 13) == 0, "%s", sfm_get_error());
    sfm_test_helpers_close(&threads);
    free(x);
}

/* Every allocation fails once. */
SFM_CASE(no_memory)
{
    starfmm_options o = options(200);
    const size_t n = 40000;
    double *x = sfm_test_points("plummer", n, 1);
    sfm_test_helpers threads;
    sfm_test_helpers_open(&threads, 3);
    sfm_point_sets points = {n, 0, x, NULL, &threads.helpers};
    starfmm_status status = STARFMM_ENOMEM;
    for (long i = 1; i < 100000 && status != STARFMM_OK; i += 1 + i / 50) {
        sfm_plan plan;
        sfm_alloc_fail_after(i);
        status = sfm_plan_build(&plan, &o, &points, 0);
        sfm_alloc_fail_after(0);
        CHECKF(status == STARFMM_OK || status == STARFMM_ENOMEM, "allocation %ld: %d", i,
               (int)status);
        if (status != STARFMM_OK)
            CHECKF(strstr(sfm_get_error(), "memory"), "'%s'", sfm_get_error());
        if (status == STARFMM_OK) sfm_plan_free(&plan);
    }
    CHECK(status == STARFMM_OK);
    sfm_test_helpers_close(&threads);
    free(x);
}

SFM_MAIN()
