/* SPDX-License-Identifier: BSD-3-Clause */
/* Kernels of the user's own. */
#include "kernels/kernel.h"

starfmm_status starfmm_kernel_register(const starfmm_kernel_definition *definition,
                                       starfmm_kernel *id)
{
    return sfm_kernel_register(definition, id);
}
