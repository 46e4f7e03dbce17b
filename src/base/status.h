/* SPDX-License-Identifier: BSD-3-Clause */
/* Status codes and the last error message of a thread. */
#ifndef SFM_STATUS_H
#define SFM_STATUS_H

#include "starfmm.h"

/* Record a printf-style message for this thread and return `status`. */
starfmm_status sfm_fail(starfmm_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

const char *sfm_get_error(void);

/* Store the thread's message text as it is (used when a request's error is handed on). */
void sfm_set_error(const char *message);

/* Return the failure of a call to the caller. */
#define SFM_TRY(call)                                                                      \
    do {                                                                                   \
        starfmm_status sfm_try_status_ = (call);                                           \
        if (sfm_try_status_ != STARFMM_OK) return sfm_try_status_;                         \
    } while (0)

#endif
