/* SPDX-License-Identifier: BSD-3-Clause */
/* The tables of cosines and sines, and which compilation of dft_v.c serves an instruction set. */
#include "operators/dft/dft.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "operators/dft/dft_code.h"
#include "operators/surface.h"

static const SFM(dft_code) * code_of(sfm_isa isa)
{
#ifdef SFM_HAVE_AVX512
    if (isa == SFM_ISA_AVX512) return &SFM_ISA_SYMBOL(SFM(dft_code), avx512);
#endif
#ifdef SFM_HAVE_AVX2
    if (isa == SFM_ISA_AVX2) return &SFM_ISA_SYMBOL(SFM(dft_code), avx2);
#endif
    (void)isa;
    return &SFM_ISA_SYMBOL(SFM(dft_code), portable);
}

starfmm_status SFM(dft_create)(SFM(dft) * dft, int order, sfm_isa isa)
{
    int n = sfm_dft_width(order);
    size_t half = (size_t)(order + 1) / 2, size = (size_t)order * half;
    memset(dft, 0, sizeof *dft);
    real *table = sfm_alloc(2 * size, sizeof *table);
    if (table == NULL)
        return sfm_fail(STARFMM_ENOMEM, "no memory for %zu factors of the DFT", 2 * size);
    *dft = (SFM(dft)){order,       sfm_surface_count(order), (int)half, table, table + size,
                      code_of(isa)};
    for (int k = 0; k < order; k++)
        for (int j = 0; j < (int)half; j++) {
            /* In units of pi / n, reduced to one turn before it is rounded. */
            double turn = (double)(k * (2 * j - (order - 1)) % (2 * n)) / n;
            dft->cosine[(size_t)k * half + (size_t)j] = (real)cos(M_PI * turn);
            dft->sine[(size_t)k * half + (size_t)j] = (real)sin(M_PI * turn);
        }
    return STARFMM_OK;
}

void SFM(dft_free)(SFM(dft) * dft)
{
    sfm_free(dft->cosine);
    memset(dft, 0, sizeof *dft);
}

/* One vector is at most one cache line. */
size_t SFM(dft_scratch)(const SFM(dft) * dft)
{
    return SFM(dft_vectors)(dft, SFM_LANES) * SFM_ALIGN;
}
