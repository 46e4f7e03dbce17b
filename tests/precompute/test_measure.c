/* SPDX-License-Identifier: BSD-3-Clause */
/* Measured errors of operators: small and falling with the order for fundamental solutions. */
#include <math.h>

#include "operators/surface.h"
#include "precompute/measure.h"
#include "tests/support/test.h"

static double error_of(const sfm_kernel *kernel, double param, int order, int check_order)
{
    sfm_operators ops;
    double error = NAN;
    const sfm_operators_key key = {.params = {param},
                                   .kernel = kernel->id,
                                   .order = order,
                                   .check_order = check_order,
                                   .alpha_inner = SFM_ALPHA_INNER,
                                   .alpha_outer = SFM_ALPHA_OUTER,
                                   .cutoff = SFM_CUTOFF_F64};
    const sfm_block_kernel block = sfm_block_kernel_of(kernel, key.params);
    CHECK_OK(sfm_operators_derive(&ops, &key, &block));
    CHECK_OK(sfm_operators_measure(&ops, &block, &error));
    sfm_operators_free(&ops);
    return error;
}

SFM_CASE(fundamental_solutions)
{
    static const struct {
        starfmm_kernel id;
        double param;
    } kernels[] = {{STARFMM_LAPLACE, 0}, {STARFMM_YUKAWA, 0.3}};
    for (int i = 0; i < 2; i++) {
        const sfm_kernel *k = sfm_kernel_get(kernels[i].id);
        double low = error_of(k, kernels[i].param, 3, 5);
        double high = error_of(k, kernels[i].param, 6, 6);
        CHECKF(low > 1e-5 && low < 2e-2, "%s, 3/5: %g", k->name, low);
        CHECKF(high > 1e-8 && high < 2e-5, "%s, 6/6: %g", k->name, high);
    }
}

SFM_MAIN()
