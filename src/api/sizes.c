/* SPDX-License-Identifier: BSD-3-Clause */
#include "api/sizes.h"

starfmm_status sfm_check_struct_size(const char *what, size_t size, size_t least,
                                     size_t known)
{
    if (size >= least && size <= known) return STARFMM_OK;
    return sfm_fail(STARFMM_EINVAL,
                    "%s.size = %zu, this library knows %zu: set it to sizeof(%s)", what,
                    size, known, what);
}
