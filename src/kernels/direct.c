/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * potential = factor sum_j K(x - y_j) q_j, and its gradient by x, in the order of the sources.
 *
 * Each sum is Neumaier's (Z. angew. Math. Mech. 54 (1974) 39-51): what an addition loses is
 * kept and added at the end, so that the sum is as good as one of twice the digits.
 */
#include "kernels/direct.h"

#include <math.h>
#include <string.h>

typedef struct compensated {
    long double value, lost;
} compensated;

static void add_term(compensated *s, long double x)
{
    long double t = s->value + x;
    s->lost += fabsl(s->value) >= fabsl(x) ? (s->value - t) + x : (x - t) + s->value;
    s->value = t;
}

double sfm_direct_charge(const sfm_direct *d, size_t source, size_t rhs)
{
    size_t at = source * d->n_rhs + rhs;
    return d->precision == STARFMM_DOUBLE ? ((const double *)d->charges)[at]
                                          : (double)((const float *)d->charges)[at];
}

/* K, and grad K if wanted, of x and a source. */
static void reference_at(const sfm_direct *d, const double *x, size_t source, int gradient,
                         long double k[4])
{
    long double r[3];
    for (int c = 0; c < 3; c++)
        r[c] = (long double)x[c] - d->sources[3 * source + (size_t)c];
    sfm_kernel_reference(d->kernel, 0, gradient, r, d->params, k);
}

void sfm_direct_sum(const sfm_direct *d, const double *x, size_t rhs, double *potential,
                    double *gradient)
{
    compensated sum[4]; /* potential, gradient by x, y, z */
    memset(sum, 0, sizeof sum);
    for (size_t j = 0; j < d->n_sources; j++) {
        long double q = sfm_direct_charge(d, j, rhs), k[4];
        reference_at(d, x, j, gradient != NULL, k);
        for (int c = 0; c < (gradient ? 4 : 1); c++) add_term(&sum[c], q * k[c]);
    }
    *potential = (double)(d->kernel->factor * (sum[0].value + sum[0].lost));
    for (int c = 0; gradient && c < 3; c++)
        gradient[c] = (double)(d->kernel->factor * (sum[1 + c].value + sum[1 + c].lost));
}

void sfm_direct_magnitudes(const sfm_direct *d, const double *x, size_t rhs,
                           double magnitude[2])
{
    long double sum[2] = {0, 0};
    for (size_t j = 0; j < d->n_sources; j++) {
        long double q = fabsl((long double)sfm_direct_charge(d, j, rhs)), k[4];
        reference_at(d, x, j, 1, k);
        sum[0] += q * fabsl(k[0]);
        sum[1] += q * sqrtl(k[1] * k[1] + k[2] * k[2] + k[3] * k[3]);
    }
    for (int i = 0; i < 2; i++) magnitude[i] = (double)(d->kernel->factor * sum[i]);
}
