/* SPDX-License-Identifier: BSD-3-Clause */
/* The Stokeslet, u = f / r + (f . d) d / r^3, and the gradient of u, d u_i / d x_j in rows. */
#define STARFMM_KERNEL kit_stokeslet
#define STARFMM_KERNEL_FILE "kit_stokeslet.c"
#include <starfmm_kernel.h>

#ifdef STARFMM_KERNEL_DESCRIBES
extern const starfmm_kernel_definition sfm_test_kit_stokeslet;
const starfmm_kernel_definition sfm_test_kit_stokeslet = {
    .size = sizeof(starfmm_kernel_definition),
    .name = "kit stokeslet",
    .degree = -1,
    .factor = 0.5,
    .n_sources = 1,
    .source = {{"force", 3, {0}, {3}}},
    .n_targets = 2,
    .target = {{"velocity", 3, {0}, {3}},
               {"gradient", 12, {0, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1, -1}, {3, 9}}},
    .properties = STARFMM_ISOTROPIC | STARFMM_SYMMETRIC | STARFMM_EVEN,
    .flops = {{27, 80}},
    .reference = STARFMM_REFERENCE,
    .loops_f64 = STARFMM_LOOPS_F64,
    .loops_f32 = STARFMM_LOOPS_F32};
#endif

STARFMM_PAIR(p, q, u)
{
    const vec *d = p->d;
    vec y = vec_rsqrt(p->r2, p->accuracy);
    vec y3 = y * y * y, w = y3 * (q[0] * d[0] + q[1] * d[1] + q[2] * d[2]);
    for (int k = 0; k < 3; k++) u[k] += y * q[k] + w * d[k];
    for (int k = 0; k < 9 && p->target == 1; k++) {
        const int i = k / 3, j = k % 3;
        u[3 + k] += y3 * (q[j] * d[i] - q[i] * d[j]) - 3 * w * (y * y) * d[i] * d[j];
        if (i == j) u[3 + k] += w;
    }
}

#define STARFMM_KERNEL_PAIRS(X) X(0, 3, 0, 3) X(0, 3, 1, 12)
#include STARFMM_KERNEL_NEXT
