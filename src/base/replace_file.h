/* SPDX-License-Identifier: BSD-3-Clause */
/* Files replaced as a whole, by system calls alone: HDF5 1.10 crashes at the process's exit
 * when the disk was full, so its images are made in memory and written here. */
#ifndef SFM_REPLACE_FILE_H
#define SFM_REPLACE_FILE_H

#include <stddef.h>

#include "base/status.h"

typedef struct sfm_file_part {
    const void *data;
    size_t size;
} sfm_file_part;

/* The two parts, one after the other, become the file `path`, by way of a temporary file in
 * its folder, which must exist; fsync, then rename.  Nothing is left behind on failure.
 * EIO. */
starfmm_status sfm_replace_file(const char *path, const sfm_file_part part[2]);

/* Make the folder of a file, and those above it, where missing.  EIO. */
starfmm_status sfm_make_folder_of(const char *path);

#endif
