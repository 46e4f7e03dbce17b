/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/kernels.h"

#include <math.h>

static const sfm_kernel *const kernels[] = {
    [STARFMM_LAPLACE] = &sfm_kernel_laplace,
    [STARFMM_YUKAWA] = &sfm_kernel_yukawa,
    [STARFMM_COUNT] = &sfm_kernel_count,
};

const sfm_kernel *sfm_kernel_get(starfmm_kernel id)
{
    return (size_t)id < sizeof kernels / sizeof *kernels ? kernels[id] : NULL;
}

starfmm_status sfm_kernel_check_params(const sfm_kernel *kernel, const double *params)
{
    for (int i = 0; i < kernel->n_params; i++)
        if (!isfinite(params[i]) || params[i] < 0)
            return sfm_fail(STARFMM_EINVAL,
                            "%s: %s (params[%d]) = %g must be finite and >= 0",
                            kernel->name, kernel->param_name[i], i, params[i]);
    return STARFMM_OK;
}

int sfm_kernel_is_homogeneous(const sfm_kernel *kernel, const double *params)
{
    for (int i = 0; i < kernel->n_params; i++)
        if (params[i] != 0) return 0;
    return 1;
}

void sfm_kernel_scale_params(const sfm_kernel *kernel, const double *params, double s,
                             double scaled[STARFMM_MAX_PARAMS])
{
    for (int i = 0; i < STARFMM_MAX_PARAMS; i++)
        scaled[i] = i < kernel->n_params ? params[i] * pow(s, kernel->param_power[i]) : 0;
}
