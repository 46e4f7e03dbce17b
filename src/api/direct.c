/* SPDX-License-Identifier: BSD-3-Clause */
/* The direct sum: its arguments. */
#include <math.h>

#include "kernels/direct.h"
#include "plan/plan.h"

static starfmm_status read_kernel(sfm_direct *d, const starfmm_options *o, int gradients)
{
    d->kernel = sfm_kernel_get(o->kernel);
    d->params = o->params;
    d->precision = o->precision;
    if (!d->kernel)
        return sfm_fail(STARFMM_EINVAL, "options.kernel = %d is unknown", (int)o->kernel);
    if (o->precision != STARFMM_DOUBLE && o->precision != STARFMM_FLOAT)
        return sfm_fail(STARFMM_EINVAL, "options.precision = %d is unknown",
                        (int)o->precision);
    SFM_TRY(sfm_kernel_find_kinds(d->kernel, o->sources, o->targets, gradients, &d->source,
                                  &d->target));
    return sfm_kernel_check_params(d->kernel, o->params);
}

static starfmm_status check_charges(const sfm_direct *d)
{
    const size_t row = d->n_rhs * (size_t)d->kernel->source[d->source].dim;
    if (d->n_sources && !d->charges)
        return sfm_fail(STARFMM_EINVAL, "charges is NULL for %zu sources", d->n_sources);
    for (size_t at = 0; at < d->n_sources * row; at++)
        if (!isfinite(sfm_direct_charge(d, at)))
            return sfm_fail(STARFMM_ENONFINITE,
                            "charge row %zu of %zu holds a NaN or an infinity", at / row,
                            d->n_sources);
    return STARFMM_OK;
}

static starfmm_status check_rows(size_t n_targets, size_t n_rows, const size_t *rows,
                                 const double *potentials)
{
    if (n_rows && !potentials)
        return sfm_fail(STARFMM_EINVAL, "potentials is NULL for %zu rows", n_rows);
    if (!rows && n_rows > n_targets)
        return sfm_fail(STARFMM_EINVAL, "row %zu of %zu targets", n_rows - 1, n_targets);
    for (size_t i = 0; rows && i < n_rows; i++)
        if (rows[i] >= n_targets)
            return sfm_fail(STARFMM_EINVAL, "row %zu of %zu targets", rows[i], n_targets);
    return STARFMM_OK;
}

starfmm_status starfmm_direct(const starfmm_options *options, size_t n_sources,
                              const double *sources, size_t n_targets,
                              const double *targets, size_t n_rhs, const void *charges,
                              size_t n_rows, const size_t *rows, double *potentials,
                              double *gradients)
{
    sfm_direct d = {
        .n_sources = n_sources, .n_rhs = n_rhs, .sources = sources, .charges = charges};
    starfmm_options o;
    SFM_TRY(sfm_options_read(options, &o));
    SFM_TRY(read_kernel(&d, &o, gradients != NULL));
    SFM_TRY(sfm_check_n_rhs(n_rhs));
    SFM_TRY(sfm_check_points(NULL, "source", n_sources, sources));
    if (targets) SFM_TRY(sfm_check_points(NULL, "target", n_targets, targets));
    if (!targets) {
        targets = sources;
        n_targets = n_sources;
    }
    SFM_TRY(check_charges(&d));
    SFM_TRY(check_rows(n_targets, n_rows, rows, potentials));
    const size_t first = (size_t)d.kernel->target[0].dim;
    const size_t rest = (size_t)d.kernel->target[d.target].dim - first;
    for (size_t at = 0; at < n_rows * n_rhs; at++) {
        size_t row = rows ? rows[at / n_rhs] : at / n_rhs;
        sfm_direct_sum(&d, targets + 3 * row, at % n_rhs, &potentials[at * first],
                       gradients ? &gradients[at * rest] : NULL);
    }
    return STARFMM_OK;
}
