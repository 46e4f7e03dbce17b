/* SPDX-License-Identifier: BSD-3-Clause */
/* How exact operators are between two boxes, for kernels whose errors no table tells: users' own,
 * and those that swing within a box. */
#ifndef SFM_MEASURE_H
#define SFM_MEASURE_H

#include "precompute/operators.h"

/* Whether a kernel has to be measured. */
int sfm_kernel_is_measured(const sfm_kernel *kernel);

/*
 * *error: relative error of potentials at random points of a box, from random sources of the
 * equivalent kind in the nearest box of its V list, through uc2e, M2L and dc2e; in double, the
 * worst component.  What is far below the potentials of near sources counts relative to these.
 * ENOMEM, ENUMERIC.
 */
starfmm_status sfm_operators_measure(const sfm_operators *ops,
                                     const sfm_block_kernel *kernel, double *error);

#endif
