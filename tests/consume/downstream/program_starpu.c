/* SPDX-License-Identifier: BSD-3-Clause */
/* The smallest host: StarPU is this program's own, the charges are its data handle. */
#include <starfmm_starpu.h>
#include <stdio.h>

#define N 3000

int main(void)
{
    static double x[N][3], q[N], potential[N];
    starpu_data_handle_t charges, potentials;
    starfmm_plan *plan = NULL;
    for (int i = 0; i < N; i++) {
        x[i][0] = i % 10, x[i][1] = i / 10 % 10, x[i][2] = i / 100;
        q[i] = 1;
    }
    if (starpu_init(NULL) != 0) return 1;
    starpu_vector_data_register(&charges, STARPU_MAIN_RAM, (uintptr_t)q, N, sizeof *q);
    starpu_vector_data_register(&potentials, STARPU_MAIN_RAM, (uintptr_t)potential, N,
                                sizeof *potential);
    int failed = starfmm_plan_create(&plan, NULL, N, &x[0][0], 0, NULL) ||
                 starfmm_plan_submit(plan, (starfmm_chunks){1, &charges},
                                     (starfmm_chunks){1, &potentials}, NULL, NULL);
    starpu_data_unregister(charges);
    starpu_data_unregister(potentials);
    if (failed) fprintf(stderr, "%s\n", starfmm_last_error());
    starfmm_plan_destroy(plan);
    starpu_shutdown();
    for (int i = 0; i < N; i++) failed |= !(potential[i] > 0);
    return failed;
}
