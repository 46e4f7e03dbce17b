/* SPDX-License-Identifier: BSD-3-Clause */
/* Which compilation of m2l_core_v.c serves an instruction set. */
#include "operators/m2l/m2l_core.h"

#include "operators/isa_symbol.h"

void SFM_ISA_SYMBOL(SFM(m2l_core), portable)(const SFM(m2l_block) * block);
void SFM_ISA_SYMBOL(SFM(m2l_core), avx2)(const SFM(m2l_block) * block);
void SFM_ISA_SYMBOL(SFM(m2l_core), avx512)(const SFM(m2l_block) * block);

SFM(m2l_core_fn)
SFM(m2l_core_get)(sfm_isa isa)
{
#ifdef SFM_HAVE_AVX512
    if (isa == SFM_ISA_AVX512) return SFM_ISA_SYMBOL(SFM(m2l_core), avx512);
#endif
#ifdef SFM_HAVE_AVX2
    if (isa == SFM_ISA_AVX2) return SFM_ISA_SYMBOL(SFM(m2l_core), avx2);
#endif
    (void)isa;
    return SFM_ISA_SYMBOL(SFM(m2l_core), portable);
}
