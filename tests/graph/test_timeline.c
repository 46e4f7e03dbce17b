/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The recorded timeline: every task once, on a worker that did one thing at a time; and
 * what it must show of the graph: near and far field run side by side, and the downward
 * pass does not wait for the whole upward pass.
 *
 * When tasks run is the scheduler's and the machine's affair, so the last two are looked
 * for in several evaluations.  A graph with a barrier shows them in none.
 */
#include <stdlib.h>

#include "starfmm.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

#define N_POINTS 20000
#define N_WORKERS 2
#define ATTEMPTS 50

enum { NEAR = 1 << STARFMM_OP_P2P };
enum { UP = 1 << STARFMM_OP_P2M | 1 << STARFMM_OP_M2M };
enum { TRANSFORM = 1 << STARFMM_OP_M2F };
enum { DOWN = 1 << STARFMM_OP_M2L | 1 << STARFMM_OP_L2L | 1 << STARFMM_OP_L2P };
enum { FAR = UP | TRANSFORM | DOWN };

/* One plan, evaluated again and again. */
typedef struct fixture {
    starfmm_plan *plan;
    double *points, *charges, *potentials;
    starfmm_info info;
    starfmm_profile profile;
    starfmm_task_record *records; /* [n] of the last evaluation */
    size_t n;
} fixture;

static void set_up(fixture *f)
{
    starfmm_options o;
    *f = (fixture){.info.size = sizeof f->info, .profile.size = sizeof f->profile};
    starfmm_options_init(&o);
    o.order = 3;
    o.n_crit = 40;
    o.group_size = 16;
    f->points = sfm_test_points("cube", N_POINTS, 5);
    f->charges = sfm_test_charges(N_POINTS, 0, 1, 6);
    f->potentials = malloc(N_POINTS * sizeof *f->potentials);
    CHECK_OK(starfmm_runtime_start(N_WORKERS));
    CHECK_OK(starfmm_plan_create(&f->plan, &o, N_POINTS, f->points, 0, NULL));
    CHECK_OK(starfmm_plan_get_info(f->plan, &f->info));
    f->records = malloc(f->info.n_tasks * sizeof *f->records);
}

static void tear_down(fixture *f)
{
    CHECK_OK(starfmm_plan_destroy(f->plan));
    starfmm_runtime_stop();
    free(f->points);
    free(f->charges);
    free(f->potentials);
    free(f->records);
}

static void evaluate(fixture *f)
{
    CHECK_OK(starfmm_evaluate(f->plan, 1, f->charges, f->potentials, NULL));
    CHECK_OK(starfmm_plan_get_timeline(f->plan, f->info.n_tasks, f->records, &f->n));
    CHECK_OK(starfmm_plan_get_profile(f->plan, &f->profile));
}

static int is_one_of(const starfmm_task_record *r, int ops)
{
    return ops >> r->op & 1;
}

static int by_worker_and_start(const void *a, const void *b)
{
    const starfmm_task_record *x = a, *y = b;
    if (x->worker != y->worker) return x->worker < y->worker ? -1 : 1;
    return (x->start > y->start) - (x->start < y->start);
}

static int by_name(const void *a, const void *b)
{
    const starfmm_task_record *x = a, *y = b;
    if (x->op != y->op) return x->op < y->op ? -1 : 1;
    if (x->level != y->level) return x->level < y->level ? -1 : 1;
    return (x->group > y->group) - (x->group < y->group);
}

SFM_CASE(none_before_the_first_evaluation)
{
    fixture f;
    set_up(&f);
    size_t n = 1;
    CHECK_STATUS(STARFMM_EINVAL, starfmm_plan_get_timeline(f.plan, 0, NULL, &n));
    CHECK(n == 0);
    tear_down(&f);
}

SFM_CASE(every_task_once)
{
    fixture f;
    size_t tasks[STARFMM_N_OPERATORS] = {0}, twice = 0;
    set_up(&f);
    evaluate(&f);
    CHECKF(f.n == f.info.n_tasks, "%zu records of %zu tasks", f.n, f.info.n_tasks);
    qsort(f.records, f.n, sizeof *f.records, by_name);
    for (size_t i = 0; i < f.n; i++) {
        tasks[f.records[i].op]++;
        twice += i > 0 && by_name(&f.records[i - 1], &f.records[i]) == 0;
    }
    CHECK(twice == 0);
    for (int op = 0; op < STARFMM_N_OPERATORS; op++)
        CHECKF(tasks[op] == f.profile.tasks[op], "%s: %zu records, %zu tasks",
               starfmm_operator_name((starfmm_operator)op), tasks[op], f.profile.tasks[op]);
    tear_down(&f);
}

SFM_CASE(a_worker_does_one_thing_at_a_time)
{
    fixture f;
    size_t overlaps = 0, outside = 0;
    set_up(&f);
    evaluate(&f);
    qsort(f.records, f.n, sizeof *f.records, by_worker_and_start);
    for (size_t i = 0; i < f.n; i++) {
        const starfmm_task_record *r = &f.records[i];
        outside += r->worker < 0 || r->worker >= f.profile.n_workers;
        outside += r->start < 0 || r->end < r->start || r->end > f.profile.wall_seconds;
        overlaps += i > 0 && r[-1].worker == r->worker && r[-1].end > r->start;
    }
    CHECK(outside == 0);
    CHECK(overlaps == 0);
    tear_down(&f);
}

/* Does a task of one kind run while one of the other kind does? */
static int run_together(const fixture *f, int ops, int other_ops)
{
    for (size_t i = 0; i < f->n; i++)
        for (size_t j = 0; is_one_of(&f->records[i], ops) && j < f->n; j++)
            if (is_one_of(&f->records[j], other_ops) &&
                f->records[i].start < f->records[j].end &&
                f->records[j].start < f->records[i].end)
                return 1;
    return 0;
}

/* Does some task of `ops` start before the last one of `other_ops` has ended? */
static int starts_before_end(const fixture *f, int ops, int other_ops)
{
    double first = 1e300, last = 0;
    for (size_t i = 0; i < f->n; i++) {
        const starfmm_task_record *r = &f->records[i];
        if (is_one_of(r, ops) && r->start < first) first = r->start;
        if (is_one_of(r, other_ops) && r->end > last) last = r->end;
    }
    return first < last;
}

static void skip_on_one_worker(fixture *f)
{
    evaluate(f);
    if (f->profile.n_workers >= 2) return;
    tear_down(f);
    sfm_test_skip("StarPU has one worker");
}

SFM_CASE(near_and_far_field_overlap)
{
    fixture f;
    int seen = 0;
    set_up(&f);
    skip_on_one_worker(&f);
    for (int i = 0; i < ATTEMPTS && !seen; i++) {
        evaluate(&f);
        seen = run_together(&f, NEAR, FAR);
    }
    CHECKF(seen, "never in %d evaluations", ATTEMPTS);
    tear_down(&f);
}

/* Neither where the transforms begin nor where they end. */
SFM_CASE(no_barrier_between_up_and_down)
{
    fixture f;
    int before = 0, after = 0;
    set_up(&f);
    skip_on_one_worker(&f);
    for (int i = 0; i < ATTEMPTS && !(before && after); i++) {
        evaluate(&f);
        before |= starts_before_end(&f, TRANSFORM | DOWN, UP);
        after |= starts_before_end(&f, DOWN, UP | TRANSFORM);
    }
    CHECKF(before && after, "in %d evaluations: before the transforms %d, after them %d",
           ATTEMPTS, before, after);
    tear_down(&f);
}

SFM_MAIN()
