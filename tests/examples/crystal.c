/* SPDX-License-Identifier: BSD-3-Clause */
/* A kernel of one's own with parameters: the potential of charges in a crystal whose permittivity
 * is e = params[i] along axis i,
 *
 *     K = 1 / (4 pi sqrt(e_y e_z d_x^2 + e_x e_z d_y^2 + e_x e_y d_z^2)),
 *
 * the fundamental solution of div(e grad u) = -delta, and its field -grad u.  It has the
 * symmetry of no cube, which the library is not told of.  own_kernels.c uses it. */
#define STARFMM_KERNEL crystal
#define STARFMM_KERNEL_FILE "crystal.c"
#define STARFMM_N_COEFFICIENTS 3
#include <starfmm_kernel.h>

#ifdef STARFMM_KERNEL_DESCRIBES
extern const starfmm_kernel_definition crystal_kernel;
const starfmm_kernel_definition crystal_kernel = {
    .size = sizeof(starfmm_kernel_definition),
    .name = "crystal",
    .n_params = 3,
    .param = {{"permittivity along x", 0, 0.5, 2, 0},
              {"permittivity along y", 0, 0.5, 2, 0},
              {"permittivity along z", 0, 0.5, 2, 0}},
    .degree = -1,
    .factor = 0.079577471545947667884,
    .n_sources = 1,
    .source = {{"charge", 1, {0}, {1}}},
    .n_targets = 2,
    .target = {{"potential", 1, {0}, {1}}, {"field", 4, {0, -1, -1, -1}, {1, 1, 1, 1}}},
    .properties = STARFMM_SYMMETRIC | STARFMM_EVEN,
    .flops = {{14, 25}},
    .reference = STARFMM_REFERENCE,
    .loops_f64 = STARFMM_LOOPS_F64,
    .loops_f32 = STARFMM_LOOPS_F32};
#endif

/* What belongs to all pairs: the weights of the squares. */
STARFMM_PREPARE(params, accuracy, c)
{
    (void)accuracy;
    for (int i = 0; i < 3; i++)
        c[i] = vec_set((real)(params[(i + 1) % 3] * params[(i + 2) % 3]));
}

STARFMM_PAIR(p, q, u)
{
    const vec wx = p->c[0] * p->d[0], wy = p->c[1] * p->d[1], wz = p->c[2] * p->d[2];
    vec s = vec_fma(wz, p->d[2], vec_fma(wy, p->d[1], wx * p->d[0]));
    vec y = vec_rsqrt(s, p->accuracy);
    u[0] = vec_fma(y, q[0], u[0]);
    if (p->target == 0) return;
    vec a = y * y * y * q[0];
    u[1] = vec_fma(a, wx, u[1]);
    u[2] = vec_fma(a, wy, u[2]);
    u[3] = vec_fma(a, wz, u[3]);
}

#define STARFMM_KERNEL_PAIRS(X) X(0, 1, 0, 1) X(0, 1, 1, 4)
#include STARFMM_KERNEL_NEXT
