/* SPDX-License-Identifier: BSD-3-Clause */
/* Full evaluations against the direct sum. */
#ifndef SFM_TEST_ERRORS_H
#define SFM_TEST_ERRORS_H

#include "starfmm.h"

/* A problem with its exact result at sampled targets. */
typedef struct sfm_test_problem {
    starfmm_options options; /* kernel, precision, params, gradient: of the exact result */
    size_t n_sources, n_targets, n_rhs, n_rows;
    size_t charge, potential, gradient; /* components, as starfmm_info tells them */
    double *sources, *targets;          /* targets NULL: the sources */
    double *charges;                    /* [n_sources][n_rhs][charge], and so on */
    size_t *rows;
    double *potentials, *gradients; /* exact; gradients may be NULL */
} sfm_test_problem;

/* n_targets 0: the targets are the sources.  Charges uniform in [lo, 1).  Charges are exact in
 * single precision, so that both precisions share a result. */
void sfm_test_problem_make(sfm_test_problem *p, const starfmm_options *options,
                           const char *kind, size_t n_sources, size_t n_targets,
                           size_t n_rhs, double lo, size_t n_rows, uint64_t seed);
void sfm_test_problem_free(sfm_test_problem *p);

/* Relative L2 error at the sampled targets of an evaluation with `options`; gradient_error
 * may be NULL.  A failing call fails the case and gives infinity. */
double sfm_test_error(const sfm_test_problem *p, const starfmm_options *options,
                      double *gradient_error);

/* Relative L2 distance of two arrays, of numbers of any size; infinity where one is not
 * finite, the absolute distance where all exact ones are 0. */
double sfm_test_distance(size_t n, const double *a, const double *exact);

/* The whole result in double, caller's order; gradients may be NULL. */
starfmm_status sfm_test_evaluate(starfmm_plan *plan, starfmm_precision precision,
                                 const sfm_test_problem *p, double *potentials,
                                 double *gradients);

#endif
