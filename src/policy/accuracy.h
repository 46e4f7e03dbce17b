/* SPDX-License-Identifier: BSD-3-Clause */
/* From the tolerance asked for to orders, arithmetic and cut-off. */
#ifndef SFM_ACCURACY_H
#define SFM_ACCURACY_H

#include "kernels/kernel.h"
#include "operators/surface.h"
#include "precompute/operator_set.h"

typedef struct sfm_accuracy_choice {
    double tolerance; /* in force; 0: orders were asked for */
    int order, check_order;
    sfm_surface_form inner, outer;
    sfm_accuracy accuracy;
    double cutoff, floor; /* of the pseudo-inverses, see precompute/operators.h */
} sfm_accuracy_choice;

/* Resolve options (tolerance or digits, grade, orders, precision, outputs; 0 automatic) to a
 * choice; an automatic order `raised` by so many rows of the table.  EINVAL, EPRECISION. */
starfmm_status sfm_accuracy_choose(const starfmm_options *options, int raised,
                                   sfm_accuracy_choice *choice);

/* The search for an order, at first all 0. */
typedef struct sfm_accuracy_search {
    double least; /* smallest error of the orders that were tried */
    int order;    /* that had it */
    int raise;    /* rows of the table to go on by; 0: it is kept, or no order helps */
} sfm_accuracy_search;

/*
 * Whether operators keep the tolerance, for kernels and kinds of whose errors no table tells.
 * EPRECISION with what can be had; EUNSUPPORTED, not one digit; ENOMEM.
 */
starfmm_status sfm_accuracy_check(const sfm_settings *settings,
                                  const starfmm_options *options, const sfm_levels *levels,
                                  sfm_accuracy_search *search);

/* The whole digits of a tolerance, 0 of 0. */
int sfm_accuracy_digits(double tolerance);

#endif
