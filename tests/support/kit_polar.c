/* SPDX-License-Identifier: BSD-3-Clause */
/* Laplace's charges with dipoles as equivalent densities: of two powers of length, and more
 * components than the check potential has. */
#define STARFMM_KERNEL kit_polar
#define STARFMM_KERNEL_FILE "kit_polar.c"
#include <starfmm_kernel.h>

#ifdef STARFMM_KERNEL_DESCRIBES
extern const starfmm_kernel_definition sfm_test_kit_polar;
const starfmm_kernel_definition sfm_test_kit_polar = {
    .size = sizeof(starfmm_kernel_definition),
    .name = "kit polar",
    .degree = -1,
    .factor = 1,
    .n_sources = 1,
    .source = {{"both", 4, {0, -1, -1, -1}, {1, 3}}},
    .n_targets = 1,
    .target = {{"potential", 1, {0}, {1}}},
    .properties = STARFMM_ISOTROPIC,
    .flops = {{20}},
    .reference = STARFMM_REFERENCE,
    .loops_f64 = STARFMM_LOOPS_F64,
    .loops_f32 = STARFMM_LOOPS_F32};
#endif

STARFMM_PAIR(p, q, u)
{
    const vec *d = p->d;
    vec y = vec_rsqrt(p->r2, p->accuracy);
    u[0] += y * q[0] + (y * y * y) * (q[1] * d[0] + q[2] * d[1] + q[3] * d[2]);
}

#define STARFMM_KERNEL_PAIRS(X) X(0, 4, 0, 1)
#include STARFMM_KERNEL_NEXT
