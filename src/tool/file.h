/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Input and output files.  Whatever its format, a file holds named arrays and a few
 * attributes: HDF5 datasets and attributes of the root group, or text, which has the arrays
 * side by side, a row per line, and the attributes as comment lines "# name = value"; or, only
 * written, VTK's PolyData.  The name "-" is standard input or output.
 */
#ifndef TOOL_FILE_H
#define TOOL_FILE_H

#include <stddef.h>
#include <stdio.h>

#include "base/files.h"
#include "tool/tool.h"

#define TOOL_MAX_RANK 3
#define TOOL_MAX_RHS 1024 /* charge vectors that starfmm_evaluate takes */

/* An array, row-major. */
typedef struct tool_array {
    const char *name;  /* of the HDF5 dataset */
    const char *label; /* written: of the columns of text: "" (x y z), q, potential */
    int has_axes;      /* written: the last dimension is x, y, z */
    /* Written: of n_labels columns and again of the next, where x y z do not tell; or NULL. */
    const char *const *labels;
    size_t n_labels;
    int is_position; /* written: where the rows of all others are, in VTK */
    const char *meaning, *units, *axes; /* written: attributes of the HDF5 dataset */
    int is_float;                       /* written: float, else double; read as double */
    size_t columns;  /* read: numbers that a row must have; 0: 1 to TOOL_MAX_RHS */
    int max_rank;    /* read: the highest that is taken */
    int is_optional; /* read: data stays NULL if it is not there */
    int is_finite;   /* read: NaN and Inf are refused */
    int rank;
    size_t dims[TOOL_MAX_RANK]; /* those beyond the rank are 1 */
    void *data;
} tool_array;

typedef struct tool_attribute {
    enum { TOOL_ATTRIBUTE_TEXT, TOOL_ATTRIBUTE_INTEGER, TOOL_ATTRIBUTE_REAL } kind;
    const char *name;
    char text[200];
    double number;
    int found; /* read */
} tool_attribute;

typedef struct tool_contents {
    tool_array *arrays;
    int n_arrays;
    tool_attribute *attributes;
    int n_attributes;
    const char *row; /* read: what a line of text should hold, for messages */
    /* Read: called when the attributes are known, before the arrays; or NULL. */
    int (*fit)(struct tool_contents *contents, void *arg);
    void *arg;
    /* Read as text: where it is not 0 (NULL: it is), x y z come first and are passed over. */
    const tool_attribute *points;
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
    TOOL_FORMAT_AUTO, /* by the name's ending, see tool_format_rule */
    TOOL_FORMAT_HDF5,
    TOOL_FORMAT_TEXT,
    TOOL_FORMAT_VTP
} tool_format;
#define tool_format_rule                                                                   \
    "Default auto: text where the name ends in .csv, .tsv,\n"                              \
    ".txt or .dat, or is -; PolyData of VTK (ParaView, PyVista) where it ends in\n"        \
    ".vtp; else HDF5."
extern const char *const tool_format_names[]; /* by tool_format */

/* Until it is written, an output has a temporary name in the same folder.  Whatever ends
 * the process short of SIGKILL takes the temporary file away. */
typedef struct tool_output {
    sfm_replacement file; /* symbolic links followed; closed for a device or pipe, which is
                             written in place; its stream is standard output for "-" */
    const char *shown;    /* the name as the user wrote it */
    tool_format format;   /* not automatic */
} tool_output;

/* Make sure that `path` can be written and create its temporary.  `input` (or NULL) must
 * not be the same file.  After "-" what is printed goes to standard error.  TOOL_OUTPUT or
 * TOOL_USAGE with a message. */
int tool_output_open(tool_output *out, const char *path, tool_format format,
                     const char *input);
/* The same for a file that is written by other means later; `path` may be NULL. */
int tool_output_check(const char *path, tool_format format, const char *input);
/* Write the contents and give the file its name; the temporary is gone in every case. */
int tool_output_write(tool_output *out, const tool_contents *contents);
/* Take the temporary away; allowed at any time. */
void tool_output_discard(tool_output *out);

/* ---- the formats: file_hdf5.c, file_text.c, file_vtk.c ------------------------------ */

int tool_hdf5_read(const char *path, tool_contents *contents);
int tool_hdf5_write(sfm_replacement *file, const tool_contents *contents);
/* Numbers parted by commas, blanks or tabs, the same count in every line; '#' begins a
 * comment; one header line without numbers is passed over.  The columns go to the arrays in
 * their order. */
int tool_text_read(const char *path, tool_contents *contents);
int tool_text_write(FILE *f, const tool_contents *contents);
/* A point and a vertex for each row of the array of positions, and the others as their data.
 * Both leave the file's error to the caller. */
int tool_vtk_write(FILE *f, const tool_contents *contents);
/* "potential", or "potential2" where an array has several; axis: "gradient_x2". */
void tool_write_label(FILE *f, const tool_array *a, size_t column, int with_axis);

#endif
