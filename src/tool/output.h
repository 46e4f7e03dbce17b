/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Output files: checked before the work, written under a temporary name in the same folder,
 * renamed at the end.  Whatever ends the process short of SIGKILL takes the temporary away.
 */
#ifndef TOOL_OUTPUT_H
#define TOOL_OUTPUT_H

#include "tool/file.h"

typedef enum tool_format {
    TOOL_FORMAT_AUTO,
    TOOL_FORMAT_HDF5,
    TOOL_FORMAT_TEXT
} tool_format;
extern const char *const tool_format_names[]; /* indexed by tool_format */

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
/* Write the contents and give the file its name; the temporary is gone in every case. */
int tool_output_write(tool_output *out, const tool_contents *contents);
/* Take the temporary away; allowed at any time. */
void tool_output_discard(tool_output *out);

#endif
