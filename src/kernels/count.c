/* SPDX-License-Identifier: BSD-3-Clause */
/* Count: raw = 1 for every pair, coincident ones too. */
#include "kernels/kernels.h"

static long double reference(const long double d[3], const double *params,
                             long double gradient[3])
{
    (void)d;
    (void)params;
    for (int k = 0; k < 3 && gradient != NULL; k++) gradient[k] = 0;
    return 1;
}

const sfm_kernel sfm_kernel_count = {
    .id = STARFMM_COUNT,
    .name = "count",
    .src_dim = 1,
    .trg_dim = 1,
    .degree = 0,
    .factor = 1,
    .flops = 1,
    .flops_gradient = 1,
    .reference = reference,
};
