/* SPDX-License-Identifier: BSD-3-Clause */
/* Fourier: 8 operations (a complex multiply-add) a frequency and pair of components, of a
 * complex kernel of half as many pairs.  Dense: a product with a matrix; its rows are the
 * expansions as they are. */
#include "operators/m2l/m2l_method.h"

#include "operators/dft/frequencies.h"

size_t sfm_m2l_source_reals(const sfm_settings *s, size_t n_rows)
{
    n_rows *= sfm_equiv_components(s);
    if (s->m2l == STARFMM_M2L_DENSE) return n_rows * (size_t)s->n_e;
    size_t lanes = 64 / sfm_real_bytes(s), count = (size_t)sfm_dft_count(s->order);
    return (count + lanes - 1) / lanes * n_rows * 2 * lanes;
}

double sfm_m2l_pair_flops(const sfm_settings *s)
{
    double pairs = (double)(sfm_check_components(s) * sfm_equiv_components(s));
    if (s->m2l == STARFMM_M2L_DENSE) return 2.0 * pairs * s->n_e * s->n_e;
    if (s->kernel->properties & STARFMM_COMPLEX) pairs /= 2;
    return 8.0 * pairs * sfm_dft_count(s->order);
}

double sfm_m2l_row_flops(const sfm_settings *s)
{
    if (s->m2l == STARFMM_M2L_DENSE) return 0;
    return (double)sfm_equiv_components(s) * sfm_dft_flops(s->order);
}
