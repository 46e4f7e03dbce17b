/* SPDX-License-Identifier: BSD-3-Clause */
/* The operators run one after the other in this thread, without StarPU: what an operator test
 * looks into. */
#ifndef SFM_TEST_SERIAL_H
#define SFM_TEST_SERIAL_H

#include "plan/plan.h"

typedef struct sfm_test_serial {
    sfm_plan plan;
    const sfm_fmm *fmm;                  /* the plan's */
    const sfm_buffers *buffers;          /* the plan's, for n_rhs vectors */
    double *sources, *targets, *charges; /* targets may be the sources */
    size_t n_sources, n_targets, n_rhs;
} sfm_test_serial;

/* Build over sets of a kind; n_targets 0: the sources.  Charges in [-1, 1).  0 on failure,
 * which fails the case. */
int sfm_test_serial_make(sfm_test_serial *s, const starfmm_options *options,
                         const char *kind, size_t n_sources, size_t n_targets,
                         size_t n_rhs);
/* The same with the groups of an evaluation on so many workers. */
int sfm_test_serial_make_for(sfm_test_serial *s, const starfmm_options *options,
                             const char *kind, size_t n_sources, size_t n_targets,
                             size_t n_rhs, int n_workers);
void sfm_test_serial_free(sfm_test_serial *s);

/* Charges into S, T and D cleared. */
void sfm_test_serial_begin(sfm_test_serial *s);

/* One operator on every group that it has something to do for, levels in its own order. */
void sfm_test_serial_run(sfm_test_serial *s, starfmm_operator op);

/* SCATTER: R into T, T into potentials (n_targets x n_rhs), in the plan's precision. */
void sfm_test_serial_scatter(sfm_test_serial *s, void *potentials);

/* Raw kernel sum, in tree units, of the sources below `node` (-1: all) at a point given
 * relative to the root's centre, in tree units, for vector rhs. */
double sfm_test_serial_direct(const sfm_test_serial *s, int32_t node, const double x[3],
                              size_t rhs);

/* Caller's point in tree units relative to the root's centre. */
void sfm_test_serial_point(const sfm_test_serial *s, const double *caller, double x[3]);

#endif
