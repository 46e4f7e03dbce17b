/* SPDX-License-Identifier: BSD-3-Clause */
/* What goes into a sum and what comes out of it: the files that `evaluate` reads and
 * writes, both of which `verify` reads. */
#ifndef TOOL_DATA_H
#define TOOL_DATA_H

#include "tool/file.h"
#include "tool/kernels.h"

/* The input: points and charges. */
typedef struct tool_problem {
    size_t n_sources, n_targets, n_rhs;
    size_t n_components; /* of a charge; before tool_problem_fit of a row, n_rhs being 1 */
    int charge_rank;     /* of the dataset, */
    size_t last_dim;     /* and its last dimension */
    int is_vector;   /* charges came without a dimension of vectors, so results leave so */
    double *sources; /* (n_sources x 3) */
    double *targets; /* (n_targets x 3); NULL: the sources */
    double *charges; /* (n_sources x n_rhs x n_components) */
} tool_problem;

/*
 * Read HDF5 datasets `sources`, `charges` and optionally `targets`, or text columns
 * x y z q1 q2 ...; all finite.  `targets_path` (or
 * NULL): dataset `targets` or text columns x y z, which replace those of `path`.  Nothing is
 * left in *problem on failure.
 */
int tool_problem_read(tool_problem *problem, const char *path, const char *targets_path);
/* Part a row of charges into vectors of a kernel's components.  TOOL_INPUT. */
int tool_problem_fit(tool_problem *problem, const char *path, const tool_kernel *kernel);
void tool_problem_free(tool_problem *problem);

/* The charges in a precision into `to`, turned by `turn` rows (row i gets that of i + turn)
 * and multiplied by `scale`.  TOOL_INPUT where one is too large for float. */
int tool_problem_charges(const tool_problem *p, starfmm_precision precision, size_t turn,
                         double scale, void *to);

/* Bytes of a real number. */
size_t tool_real_size(starfmm_precision precision);

/* The output: potentials, and how they were computed. */
typedef struct tool_result {
    tool_kernel kernel;
    starfmm_precision precision;
    double tolerance; /* 0: an order was asked for */
    starfmm_grade grade;
    int order, check_order;
    size_t n_targets, n_rhs;
    int is_vector;        /* as in the problem */
    const double *points; /* (n_targets x 3) written beside the results; NULL: not */
    /* Double when read, in `precision` when written. */
    void *potentials; /* (n_targets x n_rhs x n_first) */
    void *gradients;  /* (n_targets x n_rhs x n_rest), or NULL: n_rest is 0 */
} tool_result;

int tool_result_write(const tool_result *result, tool_output *out);
/* Read the result of `problem`, which it must fit and whose charges it tells the kind of.  On
 * failure *result is empty. */
int tool_result_read(tool_result *result, const char *path, tool_problem *problem);
void tool_result_free(tool_result *result);

#endif
