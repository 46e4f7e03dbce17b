/* SPDX-License-Identifier: BSD-3-Clause */
/* Count: K = 1 for every pair, coincident ones too, so each potential is the sum of all charges;
 * no gradient.  A check of the tree, lists and task graph. */
#define STARFMM_KERNEL count
#define STARFMM_IS_REGULAR 1
#include "kernels/builtin.h"

#ifdef STARFMM_KERNEL_DESCRIBES
void STARFMM_REFERENCE(int source, int target, const long double d[3], const double *params,
                       long double *k)
{
    (void)source, (void)d, (void)params;
    k[0] = 1;
    for (int b = 1; b < 4 && target == 1; b++) k[b] = 0;
}

const sfm_kernel sfm_kernel_count = {
    .size = sizeof(sfm_kernel),
    .name = "count",
    .id = STARFMM_COUNT,
    .degree = 0,
    .factor = 1,
    .n_sources = 1,
    .source = {{"charge", 1, {0}, {1}}},
    .n_targets = 2,
    .target = {{"potential", 1, {0}, {1}}, {"gradient", 4, {0, -1, -1, -1}, {1, 3}}},
    .properties = STARFMM_ISOTROPIC | STARFMM_SYMMETRIC | STARFMM_EVEN | STARFMM_REGULAR,
    .flops = {{1, 1}},
    .reference = STARFMM_REFERENCE,
    .loops_f64 = STARFMM_LOOPS_F64,
    .loops_f32 = STARFMM_LOOPS_F32,
};
#endif

STARFMM_PAIR(p, q, u)
{
    (void)p;
    u[0] += q[0];
}

#define STARFMM_KERNEL_PAIRS(X) X(0, 1, 0, 1) X(0, 1, 1, 4)
#include STARFMM_KERNEL_NEXT
