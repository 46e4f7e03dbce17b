/* SPDX-License-Identifier: BSD-3-Clause */
/* Waves of wave number k, exp(i k r) / r, of complex charges. */
#define STARFMM_KERNEL kit_wave
#define STARFMM_KERNEL_FILE "kit_wave.c"
#define STARFMM_N_COEFFICIENTS 1
#include <starfmm_kernel.h>

#ifdef STARFMM_KERNEL_DESCRIBES
extern const starfmm_kernel_definition sfm_test_kit_wave;
const starfmm_kernel_definition sfm_test_kit_wave = {
    .size = sizeof(starfmm_kernel_definition),
    .name = "kit wave",
    .n_params = 1,
    .param = {{"k", 1, 0, 10, 0}},
    .degree = -1,
    .factor = 0.079577471545947667884,
    .n_sources = 1,
    .source = {{"charge", 2, {0}, {1}}},
    .n_targets = 1,
    .target = {{"potential", 2, {0}, {1}}},
    .properties = STARFMM_ISOTROPIC | STARFMM_COMPLEX | STARFMM_EVEN,
    .flops = {{40}},
    .reference = STARFMM_REFERENCE,
    .loops_f64 = STARFMM_LOOPS_F64,
    .loops_f32 = STARFMM_LOOPS_F32};
#endif

/* In turns. */
STARFMM_PREPARE(params, accuracy, c)
{
    (void)accuracy;
    c[0] = vec_set((real)(params[0] * 0.15915494309189533577));
}

STARFMM_PAIR(p, q, u)
{
    vec y = vec_rsqrt(p->r2, p->accuracy), sine, cosine;
    vec_sincos(p->r2 * y * p->c[0], p->accuracy, &sine, &cosine);
    u[0] += y * (cosine * q[0] - sine * q[1]);
    u[1] += y * (cosine * q[1] + sine * q[0]);
}

#define STARFMM_KERNEL_PAIRS(X) X(0, 2, 0, 2)
#include STARFMM_KERNEL_NEXT
