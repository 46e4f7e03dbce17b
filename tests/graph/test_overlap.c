/* SPDX-License-Identifier: BSD-3-Clause */
/* The recorded execution: near and far field side by side, no barrier between the passes. */
#include <stdlib.h>

#include "starfmm.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

static int is_upward(starfmm_operator op) { return op == STARFMM_OP_P2M || op == STARFMM_OP_M2M; }

static int is_downward(starfmm_operator op)
{
    return op == STARFMM_OP_M2L || op == STARFMM_OP_L2L || op == STARFMM_OP_L2P;
}

static int overlap(const starfmm_task_record *a, const starfmm_task_record *b)
{
    return a->worker != b->worker && a->start < b->end && b->start < a->end;
}

/* (P2P, far-field) pairs of tasks that ran at the same time on two workers. */
static size_t count_overlaps(const starfmm_task_record *t, size_t n)
{
    size_t pairs = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; t[i].op == STARFMM_OP_P2P && j < n; j++)
            pairs += (is_upward(t[j].op) || is_downward(t[j].op)) && overlap(&t[i], &t[j]);
    return pairs;
}

static starfmm_task_record *evaluate(size_t n, const starfmm_options *o, size_t *n_records)
{
    starfmm_plan *plan;
    double *x = sfm_test_points("plummer", n, 1), *q = sfm_test_charges(n, 0, 1, 2);
    double *potentials = malloc(n * sizeof *potentials);
    starfmm_task_record *records = NULL;
    CHECK_OK(starfmm_plan_create(&plan, o, n, x, 0, NULL));
    CHECK_OK(starfmm_evaluate(plan, 1, q, potentials, NULL));
    CHECK_OK(starfmm_plan_get_timeline(plan, 0, NULL, n_records));
    records = malloc(*n_records * sizeof *records);
    CHECK_OK(starfmm_plan_get_timeline(plan, *n_records, records, n_records));
    CHECK_OK(starfmm_plan_destroy(plan));
    free(x);
    free(q);
    free(potentials);
    return records;
}

/* An eager scheduler takes the tasks as they become ready: whatever order it finds, a barrier
 * would show as all downward tasks after all upward ones. */
SFM_CASE(passes_overlap)
{
    starfmm_options o;
    size_t n = 0;
    starfmm_options_init(&o);
    o.n_crit = 60;
    o.group_size = 32;
    CHECK_OK(starfmm_runtime_start(2));
    starfmm_task_record *t = evaluate(60000, &o, &n);
    starfmm_runtime_stop();
    double last_up = 0, first_down = 1e300;
    for (size_t i = 0; i < n; i++) {
        if (is_upward(t[i].op) && t[i].end > last_up) last_up = t[i].end;
        if (is_downward(t[i].op) && t[i].start < first_down) first_down = t[i].start;
    }
    size_t pairs = count_overlaps(t, n);
    printf("%zu tasks; first downward task at %.4f s, last upward task ended at %.4f s; "
           "%zu pairs of near and far-field tasks at the same time\n", n, first_down, last_up,
           pairs);
    CHECKF(first_down < last_up, "%g %g", first_down, last_up);
    CHECK(pairs > 0);
    free(t);
}

SFM_MAIN()
