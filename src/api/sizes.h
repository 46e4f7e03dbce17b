/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public structs that may grow begin with their size as the caller's header has it.  A smaller
 * one, of an older header, lacks the last fields: what is read is automatic there, what is
 * written ends there.
 */
#ifndef SFM_SIZES_H
#define SFM_SIZES_H

#include "base/status.h"

/* Is the caller's size between the least that makes sense and ours?  EINVAL; `what` is the
 * struct's name in messages. */
starfmm_status sfm_check_struct_size(const char *what, size_t size, size_t least,
                                     size_t known);

#endif
