/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A random problem of the campaign: points, charges and options, all of which follow from the
 * numbers in one struct, so that a line of text is a problem.  Running it compares the library
 * with sums in long double over the kernels' reference functions, by the contract of starfmm.h.
 */
#ifndef SFM_PROBLEM_H
#define SFM_PROBLEM_H

#include <stddef.h>
#include <stdint.h>

/* Every field is one number, so that a problem prints, parses and shrinks by a table. */
typedef struct problem {
    long seed;
    long kernel, parameter; /* 0 ... 8000; see parameter_of */
    long source, target;    /* kinds */
    long precision, strict;
    long tolerance; /* 10^(-tolerance / 1000) */
    long points, n_sources;
    long target_points, n_targets; /* 0 targets: the sources */
    long scale;                    /* coordinates times 2^scale */
    long charges; /* 0 positive, 1 both signs, 2 mostly zero, 3 of all sizes */
    long n_rhs, n_crit, group_size, max_depth, balance, deterministic, m2l;
    long moves, n_other;
} problem;

problem problem_draw(uint64_t seed);
/* "name=value ...", of the fields that are not 0; parse returns 0 for a line that is none. */
void problem_print(const problem *p, char *text, size_t size);
int problem_parse(problem *p, const char *text);
/* A simpler one: the k-th way to simplify it; 0: there are no more ways. */
int problem_simplify(const problem *p, int k, problem *simpler);

typedef enum verdict {
    KEPT,     /* within the tolerance */
    REFUSED,  /* with a status that says that this cannot be had */
    EXCLUDED, /* by the contract: the sum cancels, or the numbers leave the range */
    VIOLATED  /* an error above the tolerance, or a status that should not be */
} verdict;

/* StarPU runs.  `what` receives the error over the tolerance, or what went wrong. */
verdict problem_run(const problem *p, char what[256]);

#endif
