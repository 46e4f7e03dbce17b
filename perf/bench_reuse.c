/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What reuse of a plan is worth, as ratios within this run, CSV on stdout:
 *
 *   rhs            time per vector of 10 vectors at once / of one, by order
 *   submission     share of an evaluation's time that the submitting thread spends
 *   deterministic  time of a deterministic evaluation / of another
 *   elsewhere      time at as many other targets, from stored expansions / of an evaluation
 *   moved          time of a step (move, evaluate) / (fresh plan, evaluate), and in ms the
 *                  move, the evaluation after it, the creation and the evaluation after that
 *
 *   bench_reuse [N]        default 100000, uniform in a cube; submission also at 10 N
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "starfmm.h"

#define REPEATS 5

static double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 9007199254740992.0;
}

static double *numbers(size_t n, uint64_t seed)
{
    double *x = malloc(n * sizeof *x);
    for (size_t i = 0; i < n; i++) x[i] = uniform(&seed);
    return x;
}

static void must(starfmm_status status)
{
    if (status == STARFMM_OK) return;
    fprintf(stderr, "bench_reuse: %s\n", starfmm_last_error());
    exit(1);
}

static starfmm_plan *create(const starfmm_options *o, size_t n, const double *x)
{
    starfmm_plan *plan;
    must(starfmm_plan_create(&plan, o, n, x, 0, NULL));
    return plan;
}

/* Best of some evaluations after a first one. */
static double evaluate(starfmm_plan *plan, size_t n, size_t n_rhs, const double *q)
{
    double best = 1e300, *potentials = malloc(n * n_rhs * sizeof *potentials);
    for (int i = 0; i <= REPEATS; i++) {
        double start = sfm_now();
        must(starfmm_evaluate(plan, n_rhs, q, potentials, NULL));
        double seconds = sfm_now() - start;
        if (i > 0 && seconds < best) best = seconds;
    }
    free(potentials);
    return best;
}

static void right_hand_sides(size_t n, const double *x, const double *q)
{
    for (int order = 4; order <= 8; order += 2) {
        starfmm_options o;
        starfmm_options_init(&o);
        o.order = order;
        starfmm_plan *plan = create(&o, n, x);
        double one = evaluate(plan, n, 1, q), ten = evaluate(plan, n, 10, q) / 10;
        printf("rhs,%zu,order %d,%.3f\n", n, order, ten / one);
        starfmm_plan_destroy(plan);
    }
}

static void submission(size_t n, const double *x, const double *q)
{
    starfmm_profile p = {.size = sizeof p};
    starfmm_plan *plan = create(NULL, n, x);
    evaluate(plan, n, 1, q);
    must(starfmm_plan_get_profile(plan, &p));
    printf("submission,%zu,6 digits,%.4f\n", n, p.submit_seconds / p.wall_seconds);
    starfmm_plan_destroy(plan);
}

static void deterministic(size_t n, const double *x, const double *q)
{
    starfmm_options o;
    starfmm_options_init(&o);
    starfmm_plan *free_order = create(&o, n, x);
    o.deterministic = STARFMM_ON;
    starfmm_plan *fixed = create(&o, n, x);
    double other = evaluate(free_order, n, 1, q);
    printf("deterministic,%zu,6 digits,%.3f\n", n, evaluate(fixed, n, 1, q) / other);
    starfmm_plan_destroy(free_order);
    starfmm_plan_destroy(fixed);
}

static void elsewhere(size_t n, const double *x, const double *q)
{
    double *potentials = malloc(n * sizeof *potentials), *y = numbers(3 * n, 5),
           best = 1e300;
    starfmm_plan *plan = create(NULL, n, x);
    double one = evaluate(plan, n, 1, q);
    for (int i = 0; i < REPEATS; i++) {
        double start = sfm_now();
        must(starfmm_evaluate_at(plan, 1, n, y, potentials, NULL));
        double seconds = sfm_now() - start;
        if (seconds < best) best = seconds;
    }
    printf("elsewhere,%zu,6 digits,%.3f\n", n, best / one);
    starfmm_plan_destroy(plan);
    free(potentials);
    free(y);
}

/* Seconds since *start, which becomes now, are added to *sum. */
static void add_lap(double *start, double *sum)
{
    double now = sfm_now();
    *sum += now - *start;
    *start = now;
}

/* Twenty steps, each of the two ways in turn. */
static void moved(size_t n, double *x, const double *q)
{
    double *potentials = malloc(n * sizeof *potentials), lap[4] = {0, 0, 0, 0};
    uint64_t seed = 3;
    starfmm_plan *plan = create(NULL, n, x);
    must(starfmm_evaluate(plan, 1, q, potentials, NULL));
    for (int step = 0; step < 20; step++) {
        for (size_t i = 0; i < 3 * n; i++) x[i] += 1e-3 * (uniform(&seed) - 0.5);
        double start = sfm_now();
        must(starfmm_plan_move(plan, n, x, 0, NULL));
        add_lap(&start, &lap[0]);
        must(starfmm_evaluate(plan, 1, q, potentials, NULL));
        add_lap(&start, &lap[1]);
        starfmm_plan *other = create(NULL, n, x);
        add_lap(&start, &lap[2]);
        must(starfmm_evaluate(other, 1, q, potentials, NULL));
        add_lap(&start, &lap[3]);
        starfmm_plan_destroy(other);
    }
    printf("moved,%zu,20 steps,%.3f\n", n, (lap[0] + lap[1]) / (lap[2] + lap[3]));
    static const char *const what[4] = {"move", "evaluate after it", "create",
                                        "evaluate after it"};
    for (int i = 0; i < 4; i++) printf("moved ms,%zu,%s,%.2f\n", n, what[i], 50 * lap[i]);
    starfmm_plan_destroy(plan);
    free(potentials);
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? (size_t)strtod(argv[1], NULL) : 100000;
    double *x = numbers(30 * n, 1), *q = numbers(10 * n, 2);
    must(starfmm_runtime_start(0));
    printf("what,n,setting,ratio\n");
    right_hand_sides(n, x, q);
    submission(n, x, q);
    submission(10 * n, x, q);
    deterministic(n, x, q);
    elsewhere(n, x, q);
    moved(n, x, q);
    starfmm_runtime_stop();
    free(x);
    free(q);
    return 0;
}
