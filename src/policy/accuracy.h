/* SPDX-License-Identifier: BSD-3-Clause */
/* From the tolerance asked for to orders, arithmetic and cut-off. */
#ifndef SFM_ACCURACY_H
#define SFM_ACCURACY_H

#include "kernels/kernel.h"
#include "operators/surface.h"

typedef struct sfm_accuracy_choice {
    double tolerance; /* in force; 0: orders were asked for */
    int order, check_order;
    sfm_surface_form inner, outer;
    sfm_accuracy accuracy;
    double cutoff, floor; /* of the pseudo-inverses, see precompute/operators.h */
} sfm_accuracy_choice;

/* Resolve options (tolerance or digits, grade, orders, precision, outputs; 0 automatic) to a
 * choice.  EINVAL, EPRECISION. */
starfmm_status sfm_accuracy_choose(const starfmm_options *options,
                                   sfm_accuracy_choice *choice);

/* The whole digits of a tolerance, 0 of 0. */
int sfm_accuracy_digits(double tolerance);

#endif
