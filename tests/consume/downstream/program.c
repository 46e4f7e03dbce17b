/* SPDX-License-Identifier: BSD-3-Clause */
/* The smallest program: charges on a helix, potentials, and its own direct sum. */
#include <math.h>
#include <starfmm.h>
#include <stdio.h>

#define N 3000

int main(void)
{
    static double x[N][3], q[N], potential[N];
    double error = 0, norm = 0;
    for (int i = 0; i < N; i++) {
        x[i][0] = cos(0.1 * i), x[i][1] = sin(0.1 * i), x[i][2] = 0.001 * i;
        q[i] = 1 + i % 3;
    }
    starfmm_plan *plan = NULL;
    if (starfmm_runtime_start(0) ||
        starfmm_plan_create(&plan, NULL, N, &x[0][0], 0, NULL) ||
        starfmm_evaluate(plan, 1, q, potential, NULL)) {
        fprintf(stderr, "%s\n", starfmm_last_error());
        return 1;
    }
    starfmm_plan_destroy(plan);
    starfmm_runtime_stop();
    for (int i = 0; i < N; i += 37) {
        double sum = 0;
        for (int j = 0; j < N; j++) {
            double dx = x[i][0] - x[j][0], dy = x[i][1] - x[j][1], dz = x[i][2] - x[j][2];
            if (j != i) sum += q[j] / sqrt(dx * dx + dy * dy + dz * dz);
        }
        sum /= 4 * acos(-1.0);
        error += (potential[i] - sum) * (potential[i] - sum);
        norm += sum * sum;
    }
    printf("starfmm %s: relative error %.1e\n", starfmm_version(), sqrt(error / norm));
    return !(sqrt(error / norm) < 1e-6);
}
