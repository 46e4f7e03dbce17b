/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * factor sum_j K(x - y_j) q_j, in the order of the sources.
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

double sfm_direct_charge(const sfm_direct *d, size_t at)
{
    return d->precision == STARFMM_DOUBLE ? ((const double *)d->charges)[at]
                                          : (double)((const float *)d->charges)[at];
}

void sfm_direct_sum(const sfm_direct *d, const double *x, size_t rhs, double *first,
                    double *rest)
{
    const size_t n_src = (size_t)d->kernel->source[d->source].dim;
    const size_t n_first = (size_t)d->kernel->target[0].dim;
    const size_t n_trg = rest ? (size_t)d->kernel->target[d->target].dim : n_first;
    compensated sum[STARFMM_MAX_COMPONENTS];
    memset(sum, 0, sizeof sum);
    for (size_t j = 0; j < d->n_sources; j++) {
        long double r[3], k[STARFMM_MAX_COMPONENTS * STARFMM_MAX_COMPONENTS];
        for (size_t c = 0; c < 3; c++) r[c] = (long double)x[c] - d->sources[3 * j + c];
        sfm_kernel_reference(d->kernel, d->source, d->target, r, d->params, k);
        for (size_t a = 0; a < n_src; a++) {
            long double q = sfm_direct_charge(d, (j * d->n_rhs + rhs) * n_src + a);
            for (size_t b = 0; b < n_trg; b++) add_term(&sum[b], q * k[b * n_src + a]);
        }
    }
    for (size_t b = 0; b < n_trg; b++)
        *(b < n_first ? &first[b] : &rest[b - n_first]) =
            (double)(d->kernel->factor * (sum[b].value + sum[b].lost));
}

double sfm_direct_magnitude(const sfm_direct *d, const double *x, size_t rhs, size_t first,
                            size_t n)
{
    const size_t n_src = (size_t)d->kernel->source[d->source].dim;
    long double sum = 0;
    for (size_t j = 0; j < d->n_sources; j++) {
        long double r[3], k[STARFMM_MAX_COMPONENTS * STARFMM_MAX_COMPONENTS], square = 0;
        for (size_t c = 0; c < 3; c++) r[c] = (long double)x[c] - d->sources[3 * j + c];
        sfm_kernel_reference(d->kernel, d->source, d->target, r, d->params, k);
        for (size_t b = first; b < first + n; b++) {
            long double u = 0;
            for (size_t a = 0; a < n_src; a++)
                u += k[b * n_src + a] *
                     sfm_direct_charge(d, (j * d->n_rhs + rhs) * n_src + a);
            square += u * u;
        }
        sum += sqrtl(square);
    }
    return fabs(d->kernel->factor) * (double)sum;
}
