/* SPDX-License-Identifier: BSD-3-Clause */
/* The output of `evaluate`, which `verify` reads: potentials and how they were computed. */
#ifndef TOOL_RESULT_H
#define TOOL_RESULT_H

#include "tool/output.h"
#include "tool/problem.h"

typedef struct tool_result {
    starfmm_kernel kernel;
    double kappa;
    starfmm_precision precision;
    int digits, order, check_order; /* digits 0: an order was asked for */
    size_t n_targets, n_rhs;
    int is_vector;
    void *
        potentials; /* (n_targets x n_rhs); double when read, in `precision` when written */
    void *gradients; /* (n_targets x n_rhs x 3), or NULL */
} tool_result;

int tool_result_write(const tool_result *result, tool_output *out);
/* Read the result of `problem`; its shape must fit. */
int tool_result_read(tool_result *result, const char *path, const tool_problem *problem);
void tool_result_free(tool_result *result);

#endif
