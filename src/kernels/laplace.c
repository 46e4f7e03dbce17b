/* SPDX-License-Identifier: BSD-3-Clause */
/* Laplace: raw = 1 / r, gradient = - d / r^3. */
#include "kernels/kernels.h"

#include <math.h>

static long double reference(const long double d[3], const double *params,
                             long double gradient[3])
{
    (void)params;
    long double r = sqrtl(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
    long double value = r > 0 ? 1 / r : 0;
    for (int k = 0; k < 3 && gradient != NULL; k++)
        gradient[k] = -d[k] * value * value * value;
    return value;
}

/* Flops of a pair: 3 differences, 5 for r^2, 1 reciprocal root, 2 for the charge: 11.
 * Gradient: 3 for charge / r^3 and 6 to add it times d. */
const sfm_kernel sfm_kernel_laplace = {
    .id = STARFMM_LAPLACE,
    .name = "laplace",
    .src_dim = 1,
    .trg_dim = 1,
    .degree = -1,
    .factor = SFM_ONE_OVER_4PI,
    .flops = 11,
    .flops_gradient = 20,
    .reference = reference,
};
