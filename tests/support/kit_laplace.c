/* SPDX-License-Identifier: BSD-3-Clause */
/* Laplace as a user of the kernel kit would write it: charges to potentials and gradients, with
 * the arithmetic of the library's own. */
#define STARFMM_KERNEL kit_laplace
#define STARFMM_KERNEL_FILE "kit_laplace.c"
#define STARFMM_HAS_FACTORS
#include <starfmm_kernel.h>

#ifdef STARFMM_KERNEL_DESCRIBES
extern const starfmm_kernel_definition sfm_test_kit_laplace;
const starfmm_kernel_definition sfm_test_kit_laplace = {
    .size = sizeof(starfmm_kernel_definition),
    .name = "kit laplace",
    .degree = -1,
    .factor = 0.079577471545947667884,
    .n_sources = 1,
    .source = {{"charge", 1, {0}, {1}}},
    .n_targets = 2,
    .target = {{"potential", 1, {0}, {1}}, {"gradient", 4, {0, -1, -1, -1}, {1, 3}}},
    .properties = STARFMM_ISOTROPIC | STARFMM_SYMMETRIC | STARFMM_EVEN,
    .flops = {{11, 20}},
    .reference = STARFMM_REFERENCE,
    .loops_f64 = STARFMM_LOOPS_F64,
    .loops_f32 = STARFMM_LOOPS_F32};
#endif

STARFMM_FACTORS(accuracy, source, target, f)
{
    const real s = vec_root_scale(accuracy);
    (void)source;
    f[0] = s;
    for (int k = 1; k < 4 && target == 1; k++) f[k] = -s * s * s;
}

STARFMM_PAIR(p, q, u)
{
    vec y = vec_root(p->r2, p->accuracy);
    if (p->target == 0) {
        u[0] = vec_fma(y, q[0], u[0]);
        return;
    }
    vec t = y * q[0], w = y * y * t;
    u[0] += t;
    for (int k = 0; k < 3; k++) u[k + 1] = vec_fma(w, p->d[k], u[k + 1]);
}

#define STARFMM_KERNEL_PAIRS(X) X(0, 1, 0, 1) X(0, 1, 1, 4)
#include STARFMM_KERNEL_NEXT
