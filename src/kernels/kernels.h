/* SPDX-License-Identifier: BSD-3-Clause */
/* The kernels that the registry knows, one file each. */
#ifndef SFM_KERNELS_H
#define SFM_KERNELS_H

#include "kernels/kernel.h"

extern const sfm_kernel sfm_kernel_laplace, sfm_kernel_yukawa, sfm_kernel_count;

/* 1 / (4 pi). */
#define SFM_ONE_OVER_4PI 0.079577471545947667884

#endif
