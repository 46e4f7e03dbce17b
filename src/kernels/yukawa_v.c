/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Yukawa: value = exp(-kappa r) / r, ratio = (1 + kappa r) / r^2 = (1 / r) (1 / r + kappa).
 *
 * An error of r is magnified by kappa r in the exponential, so the root is never a bare
 * seed, and the errors of pairs are those of Laplace times 1 + kappa r.
 */
#include <math.h>

#include "kernels/evaluate_shape.h"

/* With 1 / r = s y: r = s r^2 y. */
typedef struct pair_coef {
    vec exponent; /* -kappa s log2(e), times r^2 y: the binary exponent */
    vec kappa;    /* kappa / s */
} pair_coef;

SFM_INLINE pair_coef pair_prepare(const double *params, root_method root)
{
    real s = vec_root_scale(root);
    return (pair_coef){vec_set((real)(-params[0] * M_LOG2E) * s),
                       vec_set((real)params[0] / s)};
}

SFM_INLINE root_method pair_root(sfm_accuracy accuracy)
{
    root_method root = vec_root_method(accuracy);
    return root == ROOT_SEED && SFM_SEED_ERROR > 0 ? ROOT_NEWTON : root;
}

/*
 * 2^f = 1 + c_1 f + ... on [-1/2, 1/2], of least largest relative error with the constant
 * term held at 1 (so that kappa = 0 is Laplace exactly): 2.8e-6, 2.0e-9, 3.4e-18.
 */
#define LOW_DEGREE 4
#define MID_DEGREE 6
#define FULL_DEGREE 11
static const real exp2_low[] = {1, (real)6.9312419342702747533e-1,
                                (real)2.402409860924948184e-1, (real)5.59064245772789411e-2,
                                (real)9.582853133283141879e-3};
static const real exp2_mid[] = {1,
                                (real)6.9314720285452673867e-1,
                                (real)2.4022647913432212680e-1,
                                (real)5.5503324721000106393e-2,
                                (real)9.6184373899089067877e-3,
                                (real)1.3398874119124610693e-3,
                                (real)1.5353352215956317097e-4};
static const real exp2_full[] = {1,
                                 (real)6.9314718055994532580e-1,
                                 (real)2.4022650695910131260e-1,
                                 (real)5.5504108664820083252e-2,
                                 (real)9.6181291075941201415e-3,
                                 (real)1.3333558146774613778e-3,
                                 (real)1.5403530457112005559e-4,
                                 (real)1.5252733493134188800e-5,
                                 (real)1.3215435282357617998e-6,
                                 (real)1.0178199569050848093e-7,
                                 (real)7.0737832393905090596e-9,
                                 (real)4.4347717122791958416e-10};

SFM_INLINE vec exp2_of(vec z, sfm_accuracy accuracy)
{
    if (accuracy == SFM_ACCURACY_LOW) return vec_exp2(z, exp2_low, LOW_DEGREE);
    if (accuracy == SFM_ACCURACY_MID || SFM_PRECISION == 32)
        return vec_exp2(z, exp2_mid, MID_DEGREE);
    return vec_exp2(z, exp2_full, FULL_DEGREE);
}

SFM_INLINE pair_terms pair_evaluate(const pair_coef *c, vec r2, block_shape s)
{
    vec y = vec_root(r2, s.root, s.masked);
    vec decay = exp2_of(r2 * y * c->exponent, s.accuracy);
    return (pair_terms){decay * y, y * (y + c->kappa)};
}

#define KERNEL yukawa
#include "kernels/evaluate_loop.h"
