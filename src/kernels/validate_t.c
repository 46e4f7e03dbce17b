/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether the loops of a kernel agree with its reference: some sources and targets at
 * distances from 1/2 to 6, every pair of kinds and accuracy, one-sided and mutual. */
#include <math.h>

#include "base/memory.h"
#include "kernels/evaluate.h"

#define N_SRC 13
#define N_TRG 21
#define N_RHS 3
#define LD (64 + (size_t)SFM_LANES)
#define MAX_DIM STARFMM_MAX_COMPONENTS
#define OFFSET 2 /* of the sources, by x; coordinates are in [-1, 1] */

/* What a loop may be wrong by, relative to the sum of the absolute terms: its accuracy, times
 * this for derivatives and parameters. */
#define SLACK 40
/* What is as small has decayed by exp(-x), whose relative error is x eps. */
#define TINY (SFM_PRECISION == 64 ? 1e-60 : 1e-30)

typedef struct trial {
    const sfm_kernel *kernel;
    const double *params;
    int source, target, accuracy;
    real x[3][LD], y[3][LD], q[MAX_DIM * N_RHS * LD], p[MAX_DIM * N_RHS * LD];
    real u[MAX_DIM * N_RHS * LD], v[MAX_DIM * N_RHS * LD];
} trial;

static double tolerance_of(int accuracy)
{
    if (accuracy == SFM_ACCURACY_LOW) return 1e-4;
    return accuracy == SFM_ACCURACY_MID && SFM_PRECISION == 64 ? 1e-7 : 4 * SFM_REAL_EPS;
}

/* Results at n points x against the sums over m points y with charges q; sign: 1, the points y
 * are OFFSET further; -1, the other way round. */
static starfmm_status compare(trial *t, const char *loop, int n, real (*x)[LD], int m,
                              real (*y)[LD], const real *q, const real *u, int sign)
{
    const starfmm_kind *source = &t->kernel->source[t->source];
    const starfmm_kind *target = &t->kernel->target[t->target];
    long double k[MAX_DIM * MAX_DIM];
    for (int at = 0; at < n * N_RHS; at++) {
        const size_t i = (size_t)(at / N_RHS), r = (size_t)(at % N_RHS);
        long double sum[MAX_DIM] = {0}, size = 0;
        for (size_t j = 0; j < (size_t)m; j++) {
            long double d[3], most = 0;
            for (int c = 0; c < 3; c++)
                d[c] = (long double)x[c][i] - y[c][j] - (c == 0 ? sign * OFFSET : 0);
            sfm_kernel_reference(t->kernel, t->source, t->target, d, t->params, k);
            for (int e = 0; e < source->dim * target->dim; e++) {
                long double term =
                    k[e] * q[((size_t)(e % source->dim) * N_RHS + r) * LD + j];
                sum[e / source->dim] += term;
                most = fmaxl(most, fabsl(term));
            }
            size += most;
        }
        for (int b = 0; b < target->dim; b++) {
            long double got = u[((size_t)b * N_RHS + r) * LD + i];
            if (!(fabsl(got - sum[b]) <= SLACK * tolerance_of(t->accuracy) * size + TINY))
                return sfm_fail(
                    STARFMM_EINVAL,
                    "kernel '%s', %s to %s, float%d, accuracy %d: a %s loop gives "
                    "%Lg for component %d, not %Lg",
                    t->kernel->name, source->name, target->name, SFM_PRECISION, t->accuracy,
                    loop, got, b, sum[b]);
        }
    }
    return STARFMM_OK;
}

static starfmm_status try_loops(trial *t, sfm_isa isa, real *scratch)
{
    const sfm_accuracy accuracy = (sfm_accuracy)t->accuracy;
    SFM(evaluate_fn)
    evaluate = SFM(evaluate_get)(t->kernel, isa, accuracy, t->source, t->target);
    SFM(mutual_fn)
    mutual = SFM(mutual_get)(t->kernel, isa, accuracy, t->source, t->target);
    const size_t ldc = N_RHS * LD;
    SFM(segment) seg = {.x = t->y[0], .y = t->y[1], .z = t->y[2], .q = t->q, .n = N_SRC};
    SFM(segment) own = {.x = t->x[0], .y = t->x[1], .z = t->x[2], .q = t->p, .n = N_TRG};
    seg.ldq = own.ldq = LD, seg.ldc = own.ldc = ldc, seg.shift[0] = OFFSET;
    SFM(evaluation) e = {.kernel = t->kernel, .params = t->params, .n_trg = N_TRG};
    e.tx = own.x, e.ty = own.y, e.tz = own.z, e.n_seg = 1, e.seg = &seg;
    e.n_rhs = N_RHS, e.ldo = LD, e.ldc = ldc, e.out = t->u;
    for (size_t i = 0; i < MAX_DIM * N_RHS * LD; i++) t->u[i] = 0;
    evaluate(&e);
    SFM_TRY(compare(t, "one-sided", N_TRG, t->x, N_SRC, t->y, t->q, t->u, 1));
    if (mutual) {
        const SFM(sums) out = {t->v, LD, ldc};
        SFM(mutual) m = {.params = t->params, .n_rhs = N_RHS, .n_seg = 1, .seg = &seg};
        m.out = &out, m.a = own, m.a_out = (SFM(sums)){t->u, LD, ldc}, m.scratch = scratch;
        for (size_t i = 0; i < MAX_DIM * N_RHS * LD; i++) t->u[i] = t->v[i] = 0;
        mutual(&m);
        SFM_TRY(compare(t, "mutual", N_TRG, t->x, N_SRC, t->y, t->q, t->u, 1));
        SFM_TRY(compare(t, "mutual", N_SRC, t->y, N_TRG, t->x, t->p, t->v, -1));
    }
    return STARFMM_OK;
}

starfmm_status SFM(kernel_try_loops)(const sfm_kernel *kernel, sfm_isa isa,
                                     const double *params)
{
    uint64_t state = 2;
    trial *t = sfm_calloc(1, sizeof *t);
    real *scratch = sfm_alloc(SFM(mutual_reals)(MAX_DIM, MAX_DIM), sizeof *scratch);
    starfmm_status status = STARFMM_OK;
    if (t == NULL || scratch == NULL)
        status = sfm_fail(STARFMM_ENOMEM, "no memory to try kernel '%s'", kernel->name);
    for (size_t i = 0; status == STARFMM_OK && i < LD; i++)
        for (int c = 0; c < 3; c++) {
            t->x[c][i] = (real)(sfm_kernel_random(&state) * (c == 0 ? 0.75 : 1));
            t->y[c][i] = (real)(sfm_kernel_random(&state) * (c == 0 ? 0.75 : 1));
        }
    for (size_t i = 0; status == STARFMM_OK && i < MAX_DIM * N_RHS * LD; i++) {
        t->q[i] = (real)sfm_kernel_random(&state);
        t->p[i] = (real)sfm_kernel_random(&state);
    }
    const int n_kinds = kernel->n_sources * kernel->n_targets;
    for (int i = 0; status == STARFMM_OK && i < n_kinds * SFM_N_ACCURACY; i++) {
        t->kernel = kernel, t->params = params;
        t->source = i / SFM_N_ACCURACY / kernel->n_targets;
        t->target = i / SFM_N_ACCURACY % kernel->n_targets;
        t->accuracy = i % SFM_N_ACCURACY;
        status = try_loops(t, isa, scratch);
    }
    sfm_free(t);
    sfm_free(scratch);
    return status;
}
