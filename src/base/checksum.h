/* SPDX-License-Identifier: BSD-3-Clause */
/* A 64-bit checksum against damage (not against forgery), fast enough to be read at memory
 * speed.  The same on every machine.  `seed` chains or separates uses. */
#ifndef SFM_CHECKSUM_H
#define SFM_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

uint64_t sfm_checksum(const void *data, size_t size, uint64_t seed);

#endif
