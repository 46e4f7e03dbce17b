/* SPDX-License-Identifier: BSD-3-Clause */
/* Kernels of several components and of less symmetry than the library's, for tests of what
 * is derived from any kernel. */
#ifndef SFM_TEST_BLOCK_KERNELS_H
#define SFM_TEST_BLOCK_KERNELS_H

#include "kernels/block_kernel.h"

/* (I r^2 + d d^T) / r^3: vectors, isotropic, symmetric, degree -1. */
extern const sfm_block_kernel sfm_test_stokeslet;
/* 1 / |A d|, Laplace's in sheared coordinates: symmetric, not isotropic, degree -1. */
extern const sfm_block_kernel sfm_test_sheared;
/* -d / r^3, the field of charges: 3 x 1 components, isotropic, degree -2. */
extern const sfm_block_kernel sfm_test_field;
/* Charges and dipoles, 1 / r and d / r^3: 1 x 4 components, of which the last three have a
 * degree of -1; isotropic, degree -1. */
extern const sfm_block_kernel sfm_test_charge_and_dipole;
/* exp(i r) / r as a real 2 x 2 kernel: isotropic, K(d)^T is not K(-d); no degree. */
extern const sfm_block_kernel sfm_test_wave;
/* A made-up block of 2 x 3 without any symmetry. */
extern const sfm_block_kernel sfm_test_crooked;

#endif
