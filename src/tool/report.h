/* SPDX-License-Identifier: BSD-3-Clause */
/* What `evaluate` tells about a run: one JSON object, or a table for people. */
#ifndef TOOL_REPORT_H
#define TOOL_REPORT_H

#include "graph/runtime.h"
#include "starfmm.h"

typedef struct tool_run {
    starfmm_info info;
    starfmm_profile profile; /* of the last repetition */
    sfm_runtime_description runtime;
    size_t n_rhs;
    const char *sources, *results; /* kinds */
    int repeat;
    double *evaluate_seconds; /* (repeat) */
    double read_seconds, runtime_seconds, setup_seconds;
    starfmm_error_estimate estimate; /* n_samples 0: none was asked for */
    size_t peak_memory_bytes;        /* resident, of the whole process */
} tool_run;

void tool_report_json(const tool_run *run);
void tool_report_table(const tool_run *run);

#endif
