/* SPDX-License-Identifier: BSD-3-Clause */
/* The deterministic mode: bitwise equal results on any number of workers, any scheduler,
 * any order of independent requests. */
#include <stdlib.h>
#include <string.h>

#include "starfmm_starpu.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

#define N 10000
#define PLANS 4
#define ORDERS 10

static double *points, *charges;

/* Ten of the 24 orders of four requests, each distinct. */
static const int orders[ORDERS][PLANS] = {
    {0, 1, 2, 3}, {3, 2, 1, 0}, {1, 0, 3, 2}, {2, 0, 1, 3}, {1, 2, 3, 0},
    {3, 0, 2, 1}, {2, 3, 0, 1}, {0, 3, 1, 2}, {1, 3, 0, 2}, {2, 1, 3, 0}};

static starfmm_plan *make_plan(int k)
{
    starfmm_options o;
    starfmm_plan *plan;
    starfmm_options_init(&o);
    o.deterministic = STARFMM_ON;
    o.digits = 4;
    o.n_crit = 40 + 10 * k;
    CHECK_OK(starfmm_plan_create(&plan, &o, N, points, 0, NULL));
    return plan;
}

/* Submit the plans' requests in an order, without waits; results into out[PLANS][N].  Each
 * plan's second request, for a part of the points, reads the expansions of its first one.
 */
static void submit_in_order(starfmm_plan *const *plan, const int *order, double *out)
{
    const size_t n_at = N / 10;
    starpu_data_handle_t q, phi[PLANS], at[PLANS];
    starpu_vector_data_register(&q, STARPU_MAIN_RAM, (uintptr_t)charges, N,
                                sizeof *charges);
    for (int k = 0; k < PLANS; k++) {
        double *to = out + k * (N + N / 10);
        starpu_vector_data_register(&phi[k], STARPU_MAIN_RAM, (uintptr_t)to, N,
                                    sizeof *out);
        starpu_vector_data_register(&at[k], STARPU_MAIN_RAM, (uintptr_t)(to + N),
                                    (uint32_t)n_at, sizeof *out);
    }
    for (int i = 0; i < PLANS; i++) {
        int k = order[i];
        CHECK_OK(starfmm_plan_submit(plan[k], (starfmm_chunks){1, &q},
                                     (starfmm_chunks){1, &phi[k]}, NULL, NULL));
        CHECK_OK(starfmm_plan_submit_at(plan[k], n_at, points, (starfmm_chunks){1, &at[k]},
                                        NULL, NULL));
    }
    for (int k = 0; k < PLANS; k++) {
        starpu_data_unregister(phi[k]);
        starpu_data_unregister(at[k]);
    }
    starpu_data_unregister(q);
}

/* All orders on a scheduler and a number of workers; the first one ever into first. */
static int run_orders(const char *scheduler, const char *workers, double *first,
                      double *other, int runs)
{
    const size_t bytes = PLANS * (N + N / 10) * sizeof *first;
    starfmm_plan *plan[PLANS];
    setenv("STARPU_SCHED", scheduler, 1);
    setenv("STARPU_NCPU", workers, 1);
    CHECK_OK(starfmm_runtime_start(0));
    for (int k = 0; k < PLANS; k++) plan[k] = make_plan(k);
    for (int o = 0; o < (SFM_SANITIZED ? 2 : ORDERS); o++, runs++) {
        memset(other, 0xff, bytes);
        submit_in_order(plan, orders[o], runs ? other : first);
        CHECKF(!runs || memcmp(first, other, bytes) == 0, "%s, %s workers, order %d",
               scheduler, workers, o);
    }
    for (int k = 0; k < PLANS; k++) CHECK_OK(starfmm_plan_destroy(plan[k]));
    starfmm_runtime_stop();
    return runs;
}

SFM_CASE(bitwise)
{
    static const char *const schedulers[] = {"eager", "lws", "prio", "ws"};
    static const char *const workers[] = {"1", "2", "4"};
    double *first = malloc(PLANS * (N + N / 10) * sizeof *first);
    double *other = malloc(PLANS * (N + N / 10) * sizeof *other);
    points = sfm_test_points("plummer", N, 1);
    charges = sfm_test_charges(N, -1, 1, 2);
    int runs = 0;
    for (int s = 0; s < 4; s++)
        for (int w = 0; w < 3; w++)
            runs = run_orders(schedulers[s], workers[w], first, other, runs);
    printf("%d runs of %d plans, bitwise equal\n", runs, PLANS);
    free(points);
    free(charges);
    free(first);
    free(other);
}

SFM_MAIN()
