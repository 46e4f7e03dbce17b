/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The shortest use: potentials of random charges, in one blocking call.
 *
 *   cc -std=c11 blocking.c -o blocking \
 *      $(pkg-config --cflags --libs starfmm) -lm
 */
#include <math.h>
#include <starfmm.h>
#include <stdio.h>
#include <stdlib.h>

enum { N = 20000, CHECKED = 10 };

static void check(starfmm_status status)
{
    if (status == STARFMM_OK) return;
    fprintf(stderr, "starfmm: %s\n", starfmm_last_error());
    exit(1);
}

static double x[N][3], q[N], phi[N];

int main(void)
{
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < 3; k++) x[i][k] = rand() / (double)RAND_MAX;
        q[i] = rand() / (double)RAND_MAX;
    }

    starfmm_options options;
    starfmm_plan *plan;
    check(starfmm_options_init(&options)); /* Laplace, double, six digits */
    check(starfmm_runtime_start(0));       /* as many workers as the machine has */
    check(starfmm_plan_create(&plan, &options, N, x[0], 0, NULL)); /* targets = sources */
    check(starfmm_evaluate(plan, 1, q, phi, NULL));
    check(starfmm_plan_destroy(plan));
    starfmm_runtime_stop();

    /* The same sum by brute force at the first few targets. */
    double exact[CHECKED], error = 0, norm = 0;
    check(starfmm_direct(&options, N, x[0], 0, NULL, 1, q, CHECKED, NULL, exact, NULL));
    for (int i = 0; i < CHECKED; i++) {
        error += (phi[i] - exact[i]) * (phi[i] - exact[i]);
        norm += exact[i] * exact[i];
    }
    printf("relative error %.1e at %d of %d targets\n", sqrt(error / norm), CHECKED, N);
    return sqrt(error / norm) < 1e-6 ? 0 : 1;
}
