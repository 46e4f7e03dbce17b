/* SPDX-License-Identifier: BSD-3-Clause */
/* Precomputed operators in HDF5 files, one file per key. */
#ifndef SFM_STORE_H
#define SFM_STORE_H

#include "precompute/operators.h"

/* Folder by the rules of starfmm_options.cache_dir into path[size] ("" when there is none:
 * switched off, or HOME unset).  EINVAL when it does not fit. */
starfmm_status sfm_store_dir(const char *option, char *path, size_t size);

/* File name of a key (kernel, orders, precision-independent hash of the rest), no folder. */
void sfm_store_name(const sfm_operators_key *key, char *name, size_t size);

/* Read and check one set.  EIO: no such file or unreadable; EFORMAT: foreign, stale, truncated
 * or hostile, with a message that says which.  Nothing is trusted: magic, format version, key,
 * shapes, checksum, values. */
starfmm_status sfm_store_load(const char *path, const sfm_operators_key *key,
                              sfm_operators *ops);

/* Write one set: folders made, a temporary name in the same folder, fsync, rename.  Nothing is
 * left behind on failure.  EIO, ENOMEM. */
starfmm_status sfm_store_save(const char *path, const sfm_operators *ops);

#endif
