/* SPDX-License-Identifier: BSD-3-Clause */
/* A kernel of one's own, made with the kit: the magnetic field of currents q (Biot and Savart),
 * u = q x d / (4 pi r^3).  own_kernels.c uses it. */
#define STARFMM_KERNEL biot_savart
#define STARFMM_KERNEL_FILE "biot_savart.c" /* this file: it is read three times */
#include <starfmm_kernel.h>

#ifdef STARFMM_KERNEL_DESCRIBES /* once */
extern const starfmm_kernel_definition biot_savart_kernel;
const starfmm_kernel_definition biot_savart_kernel = {
    .size = sizeof(starfmm_kernel_definition),
    .name = "biot_savart",
    .degree = -2,
    .factor = 0.079577471545947667884, /* 1 / (4 pi), left out of all sums */
    .n_sources = 1,
    .source = {{"current", 3, {0}, {3}}},
    .n_targets = 1,
    .target = {{"field", 3, {0}, {3}}},
    .properties = STARFMM_ODD | STARFMM_SYMMETRIC,
    .flops = {{27}},
    .reference = STARFMM_REFERENCE,
    .loops_f64 = STARFMM_LOOPS_F64,
    .loops_f32 = STARFMM_LOOPS_F32};
#endif

STARFMM_PAIR(p, q, u) /* adds K(p->d) q to u */
{
    const vec *d = p->d;
    vec y = vec_rsqrt(p->r2, p->accuracy), w = y * y * y;
    u[0] = vec_fma(w, q[1] * d[2] - q[2] * d[1], u[0]);
    u[1] = vec_fma(w, q[2] * d[0] - q[0] * d[2], u[1]);
    u[2] = vec_fma(w, q[0] * d[1] - q[1] * d[0], u[2]);
}

#define STARFMM_KERNEL_PAIRS(X) X(0, 3, 0, 3) /* source kind, components; target ... */
#include STARFMM_KERNEL_NEXT
