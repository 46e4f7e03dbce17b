/* SPDX-License-Identifier: BSD-3-Clause */
/* The direct sum: obvious code, long double, compensated. */
#include <math.h>
#include <string.h>

#include "kernels/kernel.h"
#include "plan/plan.h"

/* Neumaier's compensated sum: the error of each addition is kept and added at the end. */
typedef struct sum {
    long double value, lost;
} sum;

static void add(sum *s, long double x)
{
    long double t = s->value + x;
    s->lost += fabsl(s->value) >= fabsl(x) ? (s->value - t) + x : (x - t) + s->value;
    s->value = t;
}

typedef struct problem {
    const sfm_kernel *kernel;
    starfmm_options options;
    size_t n_sources, n_rhs;
    const double *sources;
    const void *charges;
} problem;

static double charge(const problem *p, size_t source, size_t rhs)
{
    size_t at = source * p->n_rhs + rhs;
    return p->options.precision == STARFMM_DOUBLE ? ((const double *)p->charges)[at]
                                                  : (double)((const float *)p->charges)[at];
}

/* One target and vector: potential and, unless NULL, gradient[3]. */
static void one_sum(const problem *p, const double *x, size_t rhs, double *potential,
                    double *gradient)
{
    sum s[4];
    memset(s, 0, sizeof s);
    for (size_t j = 0; j < p->n_sources; j++) {
        long double d[3], k[4];
        for (int c = 0; c < 3; c++)
            d[c] = (long double)x[c] - p->sources[3 * j + (size_t)c];
        long double q = charge(p, j, rhs);
        sfm_kernel_reference(p->kernel, 0, gradient != NULL, d, p->options.params, k);
        for (int c = 0; c < (gradient ? 4 : 1); c++) add(&s[c], q * k[c]);
    }
    *potential = (double)(p->kernel->factor * (s[0].value + s[0].lost));
    for (int c = 0; gradient && c < 3; c++)
        gradient[c] = (double)(p->kernel->factor * (s[1 + c].value + s[1 + c].lost));
}

starfmm_status starfmm_direct(const starfmm_options *options, size_t n_sources,
                              const double *sources, size_t n_targets,
                              const double *targets, size_t n_rhs, const void *charges,
                              size_t n_rows, const size_t *rows, double *potentials,
                              double *gradients)
{
    problem p = {
        .n_sources = n_sources, .n_rhs = n_rhs, .sources = sources, .charges = charges};
    SFM_TRY(sfm_options_read(options, &p.options));
    p.kernel = sfm_kernel_get(p.options.kernel);
    if (!p.kernel)
        return sfm_fail(STARFMM_EINVAL, "options.kernel = %d is unknown",
                        (int)p.options.kernel);
    if (p.options.precision != STARFMM_DOUBLE && p.options.precision != STARFMM_FLOAT)
        return sfm_fail(STARFMM_EINVAL, "options.precision = %d is unknown",
                        (int)p.options.precision);
    SFM_TRY(sfm_kernel_check_params(p.kernel, p.options.params));
    if (!targets) {
        targets = sources;
        n_targets = n_sources;
    }
    if ((n_sources && (!sources || !charges)) || (n_rows && (!targets || !potentials)))
        return sfm_fail(STARFMM_EINVAL, "starfmm_direct: an array is NULL");
    if (n_rhs == 0) return sfm_fail(STARFMM_EINVAL, "n_rhs = 0, must be at least 1");
    for (size_t i = 0; i < n_rows; i++) {
        size_t row = rows ? rows[i] : i;
        if (row >= n_targets)
            return sfm_fail(STARFMM_EINVAL, "row %zu of %zu targets", row, n_targets);
        for (size_t r = 0; r < n_rhs; r++)
            one_sum(&p, targets + 3 * row, r, &potentials[i * n_rhs + r],
                    gradients ? &gradients[3 * (i * n_rhs + r)] : NULL);
    }
    return STARFMM_OK;
}
