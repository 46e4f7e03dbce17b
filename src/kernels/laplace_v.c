/* SPDX-License-Identifier: BSD-3-Clause */
/* Laplace: value = 1 / r, ratio = 1 / r^2. */
#include "kernels/evaluate_shape.h"

typedef struct pair_coef {
    char none;
} pair_coef;

SFM_INLINE pair_coef pair_prepare(const double *params, root_method root)
{
    (void)params;
    (void)root;
    return (pair_coef){0};
}

SFM_INLINE root_method pair_root(sfm_accuracy accuracy)
{
    return vec_root_method(accuracy);
}

SFM_INLINE pair_terms pair_evaluate(const pair_coef *c, vec r2, block_shape s)
{
    (void)c;
    vec y = vec_root(r2, s.root, s.masked);
    return (pair_terms){y, y * y};
}

#define KERNEL laplace
#include "kernels/evaluate_loop.h"
