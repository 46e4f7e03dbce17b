/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files replaced as a whole: written under a temporary name in the same folder, brought to
 * the disk (fsync) and renamed, so that a reader sees the old file or the new one and a
 * crash leaves one of them.
 */
#ifndef SFM_FILES_H
#define SFM_FILES_H

#include <limits.h>
#include <stddef.h>

#include "base/status.h"

/* A file that is to replace another. */
typedef struct sfm_replacement {
    char path[PATH_MAX];
    char temporary[PATH_MAX]; /* what is written meanwhile; "": nothing */
    int stream; /* not 0: a file descriptor, such as a pipe, that is written in its place */
} sfm_replacement;

/* Make an empty temporary file, with the permissions that the umask gives, beside `path`,
 * whose folder must exist.  EIO. */
starfmm_status sfm_replacement_open(sfm_replacement *r, const char *path);
/* Write to the temporary file, from its beginning.  EIO. */
starfmm_status sfm_replacement_write(sfm_replacement *r, const void *data, size_t size);
/* The temporary file, written and closed by the caller, becomes `path`.  Gone on failure.
 * EIO. */
starfmm_status sfm_replacement_commit(sfm_replacement *r);
/* Take the temporary file away; allowed at any time after open. */
void sfm_replacement_discard(sfm_replacement *r);

/* All of the above for data in memory.  Nothing is left behind on failure.  EIO. */
starfmm_status sfm_replace_file(const char *path, const void *data, size_t size);

#endif
