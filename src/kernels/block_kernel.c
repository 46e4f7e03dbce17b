/* SPDX-License-Identifier: BSD-3-Clause */
/* From a kernel's definition. */
#include "kernels/block_kernel.h"

#include <stddef.h>

static void reference_block(const sfm_block_kernel *b, const long double d[3],
                            long double *k)
{
    sfm_kernel_reference(b->kernel, b->equiv, b->check, d, b->params, k);
}

/* Real and imaginary parts of complex scalars turn as scalars. */
static int are_scalars(const starfmm_kind *kind)
{
    for (int i = 0; i < kind->dim / 2; i++)
        if (kind->tensor[i] != 1) return 0;
    return 1;
}

sfm_block_kernel sfm_block_kernel_of(const sfm_kernel *kernel, int equiv_kind,
                                     int check_kind, const double *params)
{
    const starfmm_kind *equiv = &kernel->source[equiv_kind];
    const starfmm_kind *check = &kernel->target[check_kind];
    const int is_complex = (kernel->properties & STARFMM_COMPLEX) != 0;
    unsigned p = kernel->properties;
    /* The block [re -im; im re] of a complex number transposed is that of its conjugate. */
    if (is_complex || equiv_kind || check_kind) p &= ~STARFMM_SYMMETRIC;
    if (is_complex && !(are_scalars(equiv) && are_scalars(check))) p &= ~STARFMM_ISOTROPIC;
    return (sfm_block_kernel){.name = kernel->name,
                              .n_check = check->dim,
                              .n_equiv = equiv->dim,
                              .check_tensor = is_complex ? NULL : check->tensor,
                              .equiv_tensor = is_complex ? NULL : equiv->tensor,
                              .check_degree = check->degree,
                              .equiv_degree = equiv->degree,
                              .symmetries =
                                  (p & STARFMM_ISOTROPIC ? (unsigned)SFM_ISOTROPIC : 0) |
                                  (p & STARFMM_SYMMETRIC ? (unsigned)SFM_SYMMETRIC : 0),
                              .block = reference_block,
                              .kernel = kernel,
                              .equiv = equiv_kind,
                              .check = check_kind,
                              .params = params};
}
