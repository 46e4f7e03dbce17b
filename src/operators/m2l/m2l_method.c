/* SPDX-License-Identifier: BSD-3-Clause */
/* Fourier: 8 operations (a complex multiply-add) a frequency and pair.  Dense: a product with
 * a matrix [n_e][n_e]; its rows are the expansions as they are. */
#include "operators/m2l/m2l_method.h"

#include "operators/dft/frequencies.h"

size_t sfm_m2l_source_reals(const sfm_settings *s, size_t n_rows)
{
    if (s->m2l == STARFMM_M2L_DENSE) return n_rows * (size_t)s->n_e;
    size_t lanes = 64 / sfm_real_bytes(s), count = (size_t)sfm_dft_count(s->order);
    return (count + lanes - 1) / lanes * n_rows * 2 * lanes;
}

double sfm_m2l_pair_flops(const sfm_settings *s)
{
    if (s->m2l == STARFMM_M2L_DENSE) return 2.0 * s->n_e * s->n_e;
    return 8.0 * sfm_dft_count(s->order);
}

double sfm_m2l_row_flops(const sfm_settings *s)
{
    return s->m2l == STARFMM_M2L_DENSE ? 0 : sfm_dft_flops(s->order);
}
