/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of the vector kernels: kernel x instruction set x accuracy x gradient. */
#include "kernels/evaluate_table.h"

#include <stddef.h>

#ifdef SFM_HAVE_AVX2
#define AVX2(kernel) &SFM_EVALUATE_NAME(SFM(kernel), avx2)
#else
#define AVX2(kernel) NULL
#endif
#ifdef SFM_HAVE_AVX512
#define AVX512(kernel) &SFM_EVALUATE_NAME(SFM(kernel), avx512)
#else
#define AVX512(kernel) NULL
#endif
#define ROW(kernel)                                                                        \
    {                                                                                      \
        &SFM_EVALUATE_NAME(SFM(kernel), portable), AVX2(kernel), AVX512(kernel)            \
    }

static const SFM(evaluate_table) *const tables[][SFM_N_ISA] = {
    [STARFMM_LAPLACE] = ROW(laplace),
    [STARFMM_YUKAWA] = ROW(yukawa),
    [STARFMM_COUNT] = ROW(count),
};

static const SFM(evaluate_table) *
    table_of(starfmm_kernel kernel, sfm_isa isa, sfm_accuracy accuracy)
{
    if ((size_t)kernel >= sizeof tables / sizeof *tables || (size_t)isa >= SFM_N_ISA ||
        (size_t)accuracy >= SFM_N_ACCURACY)
        return NULL;
    return tables[kernel][isa];
}

SFM(evaluate_fn)
SFM(evaluate_get)(starfmm_kernel kernel, sfm_isa isa, sfm_accuracy accuracy, int gradient)
{
    const SFM(evaluate_table) *table = table_of(kernel, isa, accuracy);
    return table == NULL ? NULL : table->fn[accuracy][gradient != 0];
}

SFM(mutual_fn)
SFM(mutual_get)(starfmm_kernel kernel, sfm_isa isa, sfm_accuracy accuracy, int gradient)
{
    const SFM(evaluate_table) *table = table_of(kernel, isa, accuracy);
    return table == NULL ? NULL : table->mutual[accuracy][gradient != 0];
}
