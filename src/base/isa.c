/* SPDX-License-Identifier: BSD-3-Clause */
/* The compiler's CPU queries, for the instruction sets that this build has. */
#include "base/isa.h"

#include <string.h>

static const char *const names[SFM_N_ISA] = {"portable", "avx2", "avx512"};

const char *sfm_isa_name(sfm_isa isa)
{
    return names[isa];
}

static int is_available(sfm_isa isa)
{
    if (isa == SFM_ISA_PORTABLE) return 1;
#ifdef SFM_HAVE_AVX2
    if (isa == SFM_ISA_AVX2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
#ifdef SFM_HAVE_AVX512
    if (isa == SFM_ISA_AVX512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl");
#endif
    return 0;
}

starfmm_status sfm_isa_select(const char *name, sfm_isa *isa)
{
    int wanted = -1;
    if (name == NULL || name[0] == '\0') {
        for (wanted = SFM_N_ISA - 1; !is_available((sfm_isa)wanted);) wanted--;
        *isa = (sfm_isa)wanted;
        return STARFMM_OK;
    }
    for (int i = 0; i < SFM_N_ISA; i++)
        if (strcmp(name, names[i]) == 0) wanted = i;
    if (wanted < 0)
        return sfm_fail(STARFMM_EINVAL,
                        "instruction set '%s' is unknown: use portable, avx2 or avx512",
                        name);
    if (!is_available((sfm_isa)wanted))
        return sfm_fail(STARFMM_EUNSUPPORTED, "this CPU or build has no %s", name);
    *isa = (sfm_isa)wanted;
    return STARFMM_OK;
}
