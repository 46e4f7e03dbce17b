/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * HDF5 files as tables of named items.  What is written is made in memory and goes to the
 * disk by base/files.h: HDF5 1.10 crashes at the process's exit where the disk was full.
 * What is read may be damaged or foreign: no item is filled but with as many values as it
 * has room for.
 */
#ifndef SFM_HDF5_FILE_H
#define SFM_HDF5_FILE_H

#include <stddef.h>

#include "base/files.h"

typedef enum sfm_hdf5_type {
    SFM_HDF5_U8,
    SFM_HDF5_I32,
    SFM_HDF5_U32,
    SFM_HDF5_I64,
    SFM_HDF5_U64,
    SFM_HDF5_F32,
    SFM_HDF5_F64,
    SFM_HDF5_TEXT, /* of dims[0] bytes, whatever the rank says */
    SFM_HDF5_OTHER /* found in a file: nothing of these */
} sfm_hdf5_type;

#define SFM_HDF5_MAX_RANK 3

typedef struct sfm_hdf5_item {
    const char *name;   /* "groups/level": a dataset; "@order": an attribute of the root;
                           "groups/level@axes": one of a dataset, which stands before it */
    sfm_hdf5_type type; /* in memory; in a file that is written the same, little-endian */
    int rank;           /* 0: one value */
    size_t dims[SFM_HDF5_MAX_RANK];
    void *data; /* row-major */
} sfm_hdf5_item;

/* A text, such as the meaning of a dataset, as an item of that name. */
sfm_hdf5_item sfm_hdf5_text(const char *name, const char *text);

/* Write n items as an HDF5 file; as one that replaces `path`.  ENOMEM, EIO. */
starfmm_status sfm_hdf5_write(sfm_replacement *file, int n, const sfm_hdf5_item *items);
starfmm_status sfm_hdf5_replace(const char *path, int n, const sfm_hdf5_item *items);

/* What a file holds under the items' names: type, rank and dims (1 beyond the rank); rank -1
 * where there is nothing of that name.  EFORMAT. */
starfmm_status sfm_hdf5_look(const char *path, int n, sfm_hdf5_item *items);

/* Fill data of items that the file holds with the rank and dims that they have here; numbers
 * are converted to the type that they have here.  EFORMAT. */
starfmm_status sfm_hdf5_read(const char *path, int n, const sfm_hdf5_item *items);

/* Is it a regular file with the signature of HDF5? */
int sfm_hdf5_is(const char *path);

#endif
