/* SPDX-License-Identifier: BSD-3-Clause */
/* Yukawa: raw = exp(-kappa r) / r, gradient = - d exp(-kappa r) (1 + kappa r) / r^3. */
#include "kernels/kernels.h"

#include <math.h>

static long double reference(const long double d[3], const double *params,
                             long double gradient[3])
{
    long double r = sqrtl(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
    long double kappa = params[0];
    long double value = r > 0 ? expl(-kappa * r) / r : 0;
    for (int k = 0; k < 3 && gradient != NULL; k++)
        gradient[k] = r > 0 ? -d[k] * value * (1 + kappa * r) / (r * r) : 0;
    return value;
}

/* Flops of a pair: Laplace and 2 for kappa r, 1 exponential, 1 product.  Gradient: 2 for
 * 1 + kappa r more than Laplace. */
const sfm_kernel sfm_kernel_yukawa = {
    .id = STARFMM_YUKAWA,
    .name = "yukawa",
    .src_dim = 1,
    .trg_dim = 1,
    .n_params = 1,
    .param_name = {"kappa"},
    .param_power = {1},
    .degree = -1,
    .factor = SFM_ONE_OVER_4PI,
    .flops = 15,
    .flops_gradient = 26,
    .reference = reference,
};
