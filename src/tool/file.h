/* SPDX-License-Identifier: BSD-3-Clause */
/* What files hold, whatever their format: named arrays and a few attributes. */
#ifndef TOOL_FILE_H
#define TOOL_FILE_H

#include <stddef.h>

#include "base/files.h"
#include "tool/tool.h"

#define TOOL_MAX_RANK 3

/* An array, row-major.  Text files hold the arrays side by side, one row per line. */
typedef struct tool_array {
    const char *name;  /* of the HDF5 dataset */
    const char *label; /* of the columns of a text file: x, q, q2, potential ... */
    int has_axes;      /* the last dimension is x, y, z */
    int is_optional;   /* when read: data stays NULL if it is not there */
    int is_float;      /* when written: float, else double; read as double */
    int rank;
    size_t dims[TOOL_MAX_RANK]; /* those beyond the rank are 1 */
    void *data;
} tool_array;

/* An attribute of the HDF5 root group, or a comment line "# name = value" of a text file.
 */
typedef struct tool_attribute {
    enum { TOOL_ATTRIBUTE_TEXT, TOOL_ATTRIBUTE_INTEGER, TOOL_ATTRIBUTE_REAL } kind;
    const char *name;
    char text[32];
    double number;
    int found; /* when read */
} tool_attribute;

typedef struct tool_contents {
    tool_array *arrays;
    int n_arrays;
    tool_attribute *attributes;
    int n_attributes;
} tool_contents;

/* Numbers in a row of an array. */
static inline size_t tool_array_width(const tool_array *a)
{
    return a->dims[1] * a->dims[2];
}

/* Tell HDF5 from text by the signature.  TOOL_INPUT when the file is not there, a folder,
 * or promises HDF5 by its name and is none: read as text it would give a riddle of a
 * message. */
int tool_file_detect(const char *path, int *is_hdf5);

/* ---- HDF5 (io_hdf5.c) ------------------------------------------------------------ */

/* Fill the arrays (as double; free each data) and attributes that `contents` names.  On
 * failure TOOL_INPUT or TOOL_RUNTIME with a message, and the data may be set as well. */
int tool_hdf5_read(const char *path, tool_contents *contents);
/* Write what `file` will be. */
int tool_hdf5_write(sfm_replacement *file, const tool_contents *contents);

/* ---- text columns (io_text.c) ---------------------------------------------------- */

/* Numbers parted by commas, blanks or tabs, the same count in every line; '#' begins a
 * comment; one header line without numbers is passed over. */
typedef struct tool_table {
    size_t n_rows, n_columns;
    double *values; /* (n_rows x n_columns) */
} tool_table;

/* Read a table (free table->values) and the attributes that `contents` names. */
int tool_text_read(const char *path, tool_table *table, tool_contents *contents);
int tool_text_write(const char *path, const char *shown, const tool_contents *contents);

/* 1 when the name says text: .csv, .tsv, .txt, .dat */
int tool_text_named(const char *path);

#endif
