/* SPDX-License-Identifier: BSD-3-Clause */
/* The deterministic mode: bitwise equal results on any number of workers, any scheduler, any
 * order of independent requests. */
#include <stdlib.h>
#include <string.h>

#include "starfmm_starpu.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

#define N 20000
#define PLANS 3

static double *points, *charges;

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

/* Submit three plans' requests in an order, without waits; results into out[PLANS][N]. */
static void submit_in_order(const int order[PLANS], double *out)
{
    starfmm_plan *plan[PLANS];
    starpu_data_handle_t q, phi[PLANS];
    starpu_vector_data_register(&q, STARPU_MAIN_RAM, (uintptr_t)charges, N, sizeof *charges);
    for (int k = 0; k < PLANS; k++) {
        plan[k] = make_plan(k);
        starpu_vector_data_register(&phi[k], STARPU_MAIN_RAM, (uintptr_t)(out + k * N), N,
                                    sizeof *out);
    }
    for (int i = 0; i < PLANS; i++)
        CHECK_OK(starfmm_plan_submit(plan[order[i]], (starfmm_chunks){1, &q},
                                     (starfmm_chunks){1, &phi[order[i]]}, NULL, NULL));
    for (int k = 0; k < PLANS; k++) starpu_data_unregister(phi[k]);
    starpu_data_unregister(q);
    for (int k = 0; k < PLANS; k++) CHECK_OK(starfmm_plan_destroy(plan[k]));
}

SFM_CASE(bitwise)
{
    static const int orders[][PLANS] = {{0, 1, 2}, {2, 1, 0}, {1, 0, 2}, {2, 0, 1}, {1, 2, 0}};
    static const char *const schedulers[] = {"eager", "lws", "prio", "ws"};
    static const char *const workers[] = {"1", "2", "4"};
    double *first = malloc(PLANS * N * sizeof *first), *other = malloc(PLANS * N * sizeof *other);
    points = sfm_test_points("plummer", N, 1);
    charges = sfm_test_charges(N, -1, 1, 2);
    int runs = 0;
    for (int s = 0; s < 4; s++)
        for (int w = 0; w < 3; w++) {
            setenv("STARPU_SCHED", schedulers[s], 1);
            setenv("STARPU_NCPU", workers[w], 1);
            CHECK_OK(starfmm_runtime_start(0));
            for (int o = 0; o < (s == 1 ? 5 : 2); o++, runs++) {
                double *to = runs ? other : first;
                submit_in_order(orders[(s + w + o) % 5], to);
                CHECKF(!runs || memcmp(first, other, PLANS * N * sizeof *first) == 0,
                       "%s, %s workers, order %d", schedulers[s], workers[w], o);
            }
            starfmm_runtime_stop();
        }
    printf("%d runs of %d plans, bitwise equal\n", runs, PLANS);
    free(points);
    free(charges);
    free(first);
    free(other);
}

SFM_MAIN()
