/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys of the operators that tests compute.  Header only. */
#ifndef SFM_TEST_OPERATOR_KEYS_H
#define SFM_TEST_OPERATOR_KEYS_H

#include "operators/surface.h"
#include "precompute/operators.h"

static inline sfm_operators_key laplace_key(int order, int check_order)
{
    return (sfm_operators_key){.kernel = STARFMM_LAPLACE,
                               .order = order,
                               .check_order = check_order,
                               .inner = SFM_INNER_FORM,
                               .outer = SFM_OUTER_FORM,
                               .cutoff = SFM_CUTOFF_F64};
}

static inline sfm_operators_key yukawa_key(int order, int check_order, double kappa)
{
    sfm_operators_key key = laplace_key(order, check_order);
    key.kernel = STARFMM_YUKAWA;
    key.params[0] = kappa;
    return key;
}

#endif
