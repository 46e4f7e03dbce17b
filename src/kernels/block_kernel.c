/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/block_kernel.h"

#include <stddef.h>

static void scalar_block(const sfm_block_kernel *b, const long double d[3], long double *k)
{
    *k = b->kernel->reference(d, b->params, NULL);
}

sfm_block_kernel sfm_block_kernel_of(const sfm_kernel *kernel, const double *params)
{
    return (sfm_block_kernel){.name = kernel->name,
                              .n_check = kernel->trg_dim,
                              .n_equiv = kernel->src_dim,
                              .symmetries = SFM_ISOTROPIC | SFM_SYMMETRIC,
                              .block = scalar_block,
                              .kernel = kernel,
                              .params = params};
}
