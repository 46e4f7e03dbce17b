/* SPDX-License-Identifier: BSD-3-Clause */
/* The input of a sum: points and charges. */
#ifndef TOOL_PROBLEM_H
#define TOOL_PROBLEM_H

#include "tool/file.h"

typedef struct tool_problem {
    size_t n_sources, n_targets, n_rhs;
    int is_vector;   /* charges came as (n), so potentials leave as (m), not (m x 1) */
    double *sources; /* (n_sources x 3) */
    double *targets; /* (n_targets x 3); NULL: the sources */
    double *charges; /* (n_sources x n_rhs) */
} tool_problem;

/*
 * Read an HDF5 file (`sources`, `charges`, optional `targets`) or text columns
 * (x y z q1 q2 ...).  `targets_path` (or NULL): text columns x y z, or an HDF5 file with
 * `targets`, which replace those of `path`.  Shapes and finiteness are checked.
 */
int tool_problem_read(tool_problem *problem, const char *path, const char *targets_path);
void tool_problem_free(tool_problem *problem);

/* What starfmm_plan_create wants: the points at which potentials are asked for. */
const double *tool_problem_targets(const tool_problem *problem);

#endif
