/* SPDX-License-Identifier: BSD-3-Clause */
/* What evaluate_loop.h and the pair function of a kernel tell each other. */
#ifndef SFM_EVALUATE_SHAPE_H
#define SFM_EVALUATE_SHAPE_H

#include "kernels/evaluate_table.h"
#include "kernels/simd.h"

/* How a block of pairs is computed; a constant wherever it is used.  n_vec registers of
 * targets, n_rhs right-hand sides; masked: r = 0 gives 0, and in single precision the
 * coordinates have their low parts. */
typedef struct block_shape {
    sfm_accuracy accuracy;
    root_method root;
    int gradient, masked;
    int n_vec, n_rhs;
} block_shape;

/* See evaluate_loop.h. */
typedef struct pair_terms {
    vec value, ratio;
} pair_terms;

#endif
