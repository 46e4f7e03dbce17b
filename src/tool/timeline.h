/* SPDX-License-Identifier: BSD-3-Clause */
/* The timeline of an evaluation as a table, for perf/trace.py and for spreadsheets. */
#ifndef TOOL_TIMELINE_H
#define TOOL_TIMELINE_H

#include "starfmm.h"

/* Make sure that `path` can be written; `input` must not be the same file. */
int tool_timeline_check(const char *path, const char *input);

/* Write the tasks of the plan's last evaluation, one per line; whole or not at all. */
int tool_timeline_write(const char *path, const starfmm_plan *plan);

#endif
