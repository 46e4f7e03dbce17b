/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SFM_TEST_KERNEL_VALUE_H
#define SFM_TEST_KERNEL_VALUE_H

#include "kernels/kernel.h"

/* K(d) in long double, from kind 0 to kind 0 where both have one component. */
static inline long double sfm_kernel_value(const sfm_kernel *kernel, const long double d[3],
                                           const double *params)
{
    long double k;
    sfm_kernel_reference(kernel, 0, 0, d, params, &k);
    return k;
}

#endif
