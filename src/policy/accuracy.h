/* SPDX-License-Identifier: BSD-3-Clause */
/* From the digits asked for to orders, arithmetic and cut-off. */
#ifndef SFM_ACCURACY_H
#define SFM_ACCURACY_H

#include "kernels/kernel.h"

typedef struct sfm_accuracy_choice {
    double tolerance; /* in force; 0: orders were asked for */
    int order, check_order;
    sfm_accuracy accuracy;
    double cutoff, floor; /* of the pseudo-inverses, see precompute/operators.h */
} sfm_accuracy_choice;

/* Digits that each precision can keep on every distribution. */
#define SFM_MAX_DIGITS_DOUBLE 12
#define SFM_MAX_DIGITS_FLOAT 5

/* Resolve options (orders, digits, precision; 0 automatic) to a choice.  EINVAL,
 * EPRECISION. */
starfmm_status sfm_accuracy_choose(const starfmm_options *options,
                                   sfm_accuracy_choice *choice);

/* Digits in force: as asked for, or the default of the precision; 0 when the order is
 * given. */
int sfm_accuracy_digits(const starfmm_options *options);

#endif
