/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Input and output files.  Whatever its format, a file holds named arrays and a few
 * attributes: HDF5 datasets and attributes of the root group, or text, which has the arrays
 * side by side, a row per line, and the attributes as comment lines "# name = value".
 */
#ifndef TOOL_FILE_H
#define TOOL_FILE_H

#include <stddef.h>

#include "base/files.h"
#include "tool/tool.h"

#define TOOL_MAX_RANK 3
#define TOOL_MAX_RHS 1024 /* charge vectors that starfmm_evaluate takes */

/* An array, row-major. */
typedef struct tool_array {
    const char *name;  /* of the HDF5 dataset */
    const char *label; /* written: of the columns of text: "" (x y z), q, potential */
    int has_axes;      /* written: the last dimension is x, y, z */
    int is_float;      /* written: float, else double; read as double */
    size_t columns;    /* read: numbers that a row must have; 0: 1 to TOOL_MAX_RHS */
    int max_rank;      /* read: the highest that is taken */
    int is_optional;   /* read: data stays NULL if it is not there */
    int is_finite;     /* read: NaN and Inf are refused */
    int rank;
    size_t dims[TOOL_MAX_RANK]; /* those beyond the rank are 1 */
    void *data;
} tool_array;

typedef struct tool_attribute {
    enum { TOOL_ATTRIBUTE_TEXT, TOOL_ATTRIBUTE_INTEGER, TOOL_ATTRIBUTE_REAL } kind;
    const char *name;
    char text[32];
    double number;
    int found; /* read */
} tool_attribute;

typedef struct tool_contents {
    tool_array *arrays;
    int n_arrays;
    tool_attribute *attributes;
    int n_attributes;
    const char *row;  /* read: what a line of text should hold, for messages */
    int may_be_empty; /* read: text without a line of numbers is sound */
} tool_contents;

/* Numbers in a row of an array. */
static inline size_t tool_array_width(const tool_array *a)
{
    return a->dims[1] * a->dims[2];
}

/* Read the arrays (as double; free each data) and attributes that `contents` names from a
 * file of either format, told by its signature.  TOOL_INPUT or TOOL_RUNTIME with a message
 * when it is not there or not as `contents` wants it; the data may be set as well then. */
int tool_file_read(const char *path, tool_contents *contents);

/* ---- output: checked before the work, written at its end --------------------------- */

typedef enum tool_format {
    TOOL_FORMAT_AUTO, /* text where the name ends in .csv, .tsv, .txt or .dat, else HDF5 */
    TOOL_FORMAT_HDF5,
    TOOL_FORMAT_TEXT
} tool_format;
extern const char *const tool_format_names[]; /* by tool_format */

/* Until it is written, an output has a temporary name in the same folder.  Whatever ends
 * the process short of SIGKILL takes the temporary file away. */
typedef struct tool_output {
    sfm_replacement file; /* symbolic links followed; closed for a device or pipe, which is
                             written in place */
    const char *shown;    /* the name as the user wrote it */
    int is_text;
} tool_output;

/* Make sure that `path` can be written and create its temporary.  `input` (or NULL) must
 * not be the same file.  TOOL_OUTPUT or TOOL_USAGE with a message. */
int tool_output_open(tool_output *out, const char *path, tool_format format,
                     const char *input);
/* The same for a file that is written by other means later; `path` may be NULL. */
int tool_output_check(const char *path, tool_format format, const char *input);
/* Write the contents and give the file its name; the temporary is gone in every case. */
int tool_output_write(tool_output *out, const tool_contents *contents);
/* Take the temporary away; allowed at any time. */
void tool_output_discard(tool_output *out);

/* ---- the two formats: file_hdf5.c, file_text.c ------------------------------------- */

int tool_hdf5_read(const char *path, tool_contents *contents);
int tool_hdf5_write(sfm_replacement *file, const tool_contents *contents);
/* Numbers parted by commas, blanks or tabs, the same count in every line; '#' begins a
 * comment; one header line without numbers is passed over.  The columns go to the arrays in
 * their order.  Messages about what is written to `path` speak of `shown`. */
int tool_text_read(const char *path, tool_contents *contents);
int tool_text_write(const char *path, const char *shown, const tool_contents *contents);

#endif
