/* SPDX-License-Identifier: BSD-3-Clause */
/* Kernels of a user, made with the kernel kit: of several components, without symmetry, complex,
 * with equivalent densities of two powers of length. */
#ifndef SFM_TEST_KIT_KERNELS_H
#define SFM_TEST_KIT_KERNELS_H

#include "starfmm_kernel.h"

extern const starfmm_kernel_definition sfm_test_kit_laplace, sfm_test_kit_stokeslet,
    sfm_test_kit_biot_savart, sfm_test_kit_wave, sfm_test_kit_polar;

#endif
