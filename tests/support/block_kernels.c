/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/block_kernels.h"

#include <math.h>

static const uint8_t scalar[] = {SFM_SCALAR}, vector[] = {SFM_VECTOR};
static const uint8_t scalar_and_vector[] = {SFM_SCALAR, SFM_VECTOR};

static long double inverse_length(const long double d[3])
{
    long double square = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
    return square > 0 ? 1 / sqrtl(square) : 0;
}

static void stokeslet(const sfm_block_kernel *b, const long double d[3], long double *k)
{
    long double i = inverse_length(d);
    (void)b;
    for (int c = 0; c < 9; c++)
        k[c] = (c / 3 == c % 3) * i + d[c / 3] * d[c % 3] * i * i * i;
}

static void sheared(const sfm_block_kernel *b, const long double d[3], long double *k)
{
    const long double e[3] = {d[0] + 0.2L * d[1], 0.9L * d[1], 1.1L * d[2] - 0.1L * d[0]};
    (void)b;
    *k = inverse_length(e);
}

static void field(const sfm_block_kernel *b, const long double d[3], long double *k)
{
    long double i = inverse_length(d);
    (void)b;
    for (int c = 0; c < 3; c++) k[c] = -d[c] * i * i * i;
}

static void charge_and_dipole(const sfm_block_kernel *b, const long double d[3],
                              long double *k)
{
    long double i = inverse_length(d);
    (void)b;
    k[0] = i;
    for (int c = 0; c < 3; c++) k[1 + c] = d[c] * i * i * i;
}

static void wave(const sfm_block_kernel *b, const long double d[3], long double *k)
{
    long double i = inverse_length(d), r = i > 0 ? 1 / i : 0;
    (void)b;
    k[0] = k[3] = i * cosl(r);
    k[1] = -i * sinl(r);
    k[2] = i * sinl(r);
}

static void crooked(const sfm_block_kernel *b, const long double d[3], long double *k)
{
    const long double e[3] = {d[0] - 0.3L * d[2], d[1], 1.2L * d[2]};
    long double i = inverse_length(e);
    (void)b;
    for (int c = 0; c < 6; c++)
        k[c] = i * (1 + 0.3L * c + 0.1L * sinl(d[c % 3]) + 0.2L * d[c / 2] * i);
}

const sfm_block_kernel sfm_test_stokeslet = {.name = "stokeslet",
                                             .n_check = 3,
                                             .n_equiv = 3,
                                             .check_tensor = vector,
                                             .equiv_tensor = vector,
                                             .symmetries = SFM_ISOTROPIC | SFM_SYMMETRIC,
                                             .block = stokeslet};
const sfm_block_kernel sfm_test_sheared = {.name = "sheared",
                                           .n_check = 1,
                                           .n_equiv = 1,
                                           .symmetries = SFM_SYMMETRIC,
                                           .block = sheared};
const sfm_block_kernel sfm_test_field = {.name = "field",
                                         .n_check = 3,
                                         .n_equiv = 1,
                                         .check_tensor = vector,
                                         .equiv_tensor = scalar,
                                         .symmetries = SFM_ISOTROPIC,
                                         .block = field};
static const int8_t dipole_degree[4] = {0, -1, -1, -1};
const sfm_block_kernel sfm_test_charge_and_dipole = {.name = "charge and dipole",
                                                     .n_check = 1,
                                                     .n_equiv = 4,
                                                     .check_tensor = scalar,
                                                     .equiv_tensor = scalar_and_vector,
                                                     .equiv_degree = dipole_degree,
                                                     .symmetries = SFM_ISOTROPIC,
                                                     .block = charge_and_dipole};
const sfm_block_kernel sfm_test_wave = {
    .name = "wave", .n_check = 2, .n_equiv = 2, .symmetries = SFM_ISOTROPIC, .block = wave};
const sfm_block_kernel sfm_test_crooked = {
    .name = "crooked", .n_check = 2, .n_equiv = 3, .block = crooked};
