/* SPDX-License-Identifier: BSD-3-Clause */
/* Version, status and operator names, the last error. */
#include "base/status.h"
#include "operators/operator.h"

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

const char *starfmm_version(void)
{
    return TEXT(STARFMM_VERSION_MAJOR) "." TEXT(STARFMM_VERSION_MINOR) "." TEXT(
        STARFMM_VERSION_PATCH);
}

const char *starfmm_last_error(void)
{
    return sfm_get_error();
}

const char *starfmm_status_string(starfmm_status status)
{
    static const char *const text[] = {
        [STARFMM_OK] = "success",
        [STARFMM_EINVAL] = "invalid argument",
        [STARFMM_ENONFINITE] = "NaN or infinity in the input",
        [STARFMM_EPRECISION] = "accuracy beyond the precision",
        [STARFMM_ENOMEM] = "out of memory",
        [STARFMM_EIO] = "input or output failed",
        [STARFMM_EFORMAT] = "malformed file",
        [STARFMM_ERUNTIME] = "StarPU is not usable",
        [STARFMM_ENUMERIC] = "numerical failure",
        [STARFMM_ECANCELLED] = "cancelled",
        [STARFMM_EBUSY] = "busy",
        [STARFMM_EUNSUPPORTED] = "not supported",
    };
    if ((int)status < 0 || (size_t)status >= sizeof text / sizeof *text)
        return "unknown status";
    return text[status];
}

const char *starfmm_operator_name(starfmm_operator op)
{
    if ((int)op < 0 || op >= STARFMM_N_OPERATORS) return NULL;
    return sfm_operator_table[op]->name;
}
