/* SPDX-License-Identifier: BSD-3-Clause */
/* The last message is the thread's own: no lock, and nothing to free. */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

static _Thread_local char last_error[1024];

starfmm_status sfm_fail(starfmm_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(last_error, sizeof last_error, format, args);
    va_end(args);
    return status;
}

void sfm_set_error(const char *message)
{
    snprintf(last_error, sizeof last_error, "%s", message);
}

const char *sfm_get_error(void)
{
    return last_error;
}
