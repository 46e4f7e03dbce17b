/* SPDX-License-Identifier: BSD-3-Clause */
/* The sizes of public structs that may grow, checked in one way: larger than ours means a newer
 * header than the library, smaller than the first version's a forgotten assignment. */
#include "api/sizes.h"

starfmm_status sfm_check_struct_size(const char *what, size_t size, size_t least,
                                     size_t known)
{
    if (size >= least && size <= known) return STARFMM_OK;
    return sfm_fail(STARFMM_EINVAL,
                    "%s.size = %zu, this library knows %zu: set it to sizeof(%s)", what,
                    size, known, what);
}
