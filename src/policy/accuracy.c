/* SPDX-License-Identifier: BSD-3-Clause */
#include "policy/accuracy.h"

#include <math.h>

#include "operators/surface.h"
#include "precompute/operators.h"

#define DEFAULT_DIGITS_DOUBLE 6
#define DEFAULT_DIGITS_FLOAT 4

/*
 * Orders that keep the relative L2 error of the potential below 10^-digits on cube, sphere,
 * ellipsoid, helix and Plummer sets with charges in [0, 1), and below ten times that with
 * charges in [-1, 1), whose cancellation varies from sample to sample (tests/accuracy).
 * Measured at N = 5e4 and 1e5, the worst of the five sets:
 *
 *   orders    3, 5    4, 5    5, 6    6, 6    6, 8    7, 9    8, 9    9, 10   12, 14
 *   [0, 1)   2.4e-4  2.1e-5  1.6e-6  3.9e-7  8.0e-8  4.7e-9  2.8e-9  3.3e-10  2.5e-13
 *   [-1, 1)  1.5e-3  1.1e-4  1.2e-5  2.7e-6  9.6e-7  8.6e-8  2.4e-8  2.8e-9   5.4e-12
 */
static const struct {
    int order, check_order;
} orders[SFM_MAX_DIGITS_DOUBLE + 2] = {
    [1] = {2, 4},    [2] = {3, 5},    [3] = {3, 5},    [4] = {4, 5},  [5] = {5, 6},
    [6] = {6, 6},    [7] = {7, 9},    [8] = {8, 9},    [9] = {9, 10}, [10] = {10, 12},
    [11] = {11, 13}, [12] = {12, 14}, [13] = {13, 15},
};

int sfm_accuracy_digits(const starfmm_options *o)
{
    if (o->order != 0) return 0;
    if (o->digits != 0) return o->digits;
    return o->precision == STARFMM_DOUBLE ? DEFAULT_DIGITS_DOUBLE : DEFAULT_DIGITS_FLOAT;
}

/* The digits that an order is good for: what the arithmetic then has to keep. */
static int implied_digits(int order)
{
    int digits = SFM_MAX_DIGITS_DOUBLE;
    while (digits > 1 && orders[digits].order > order) digits--;
    return digits;
}

static starfmm_status check(const starfmm_options *o)
{
    int limit =
        o->precision == STARFMM_DOUBLE ? SFM_MAX_DIGITS_DOUBLE : SFM_MAX_DIGITS_FLOAT;
    if (o->order < 0 || o->order > SFM_MAX_ORDER)
        return sfm_fail(STARFMM_EINVAL,
                        "options.order = %d, must be 1 ... %d, or 0: automatic", o->order,
                        SFM_MAX_ORDER);
    if (o->digits < 0)
        return sfm_fail(STARFMM_EINVAL,
                        "options.digits = %d, must be 1 ... %d, or 0: automatic", o->digits,
                        limit);
    if (o->order == 0 && o->digits > limit)
        return sfm_fail(
            STARFMM_EPRECISION,
            "options.digits = %d is beyond what %s precision keeps: at most %d%s",
            o->digits, o->precision == STARFMM_DOUBLE ? "double" : "single", limit,
            o->precision == STARFMM_DOUBLE ? "" : "; use STARFMM_DOUBLE for more");
    return STARFMM_OK;
}

starfmm_status sfm_accuracy_choose(const starfmm_options *o, sfm_accuracy_choice *choice)
{
    SFM_TRY(check(o));
    int digits = sfm_accuracy_digits(o);
    choice->tolerance = digits ? pow(10, -digits) : 0;
    if (digits == 0) digits = implied_digits(o->order);
    /* Boxes many screening lengths wide lose half a digit: a kernel with a length gets the
     * orders of one digit more. */
    int row = digits + !sfm_kernel_is_homogeneous(sfm_kernel_get(o->kernel), o->params);
    choice->order = o->order ? o->order : orders[row].order;
    choice->check_order = orders[row].check_order;
    if (o->check_order)
        choice->check_order = o->check_order;
    else if (o->order)
        choice->check_order = o->order + 2;
    if (choice->check_order < choice->order || choice->check_order > SFM_MAX_CHECK_ORDER)
        return sfm_fail(STARFMM_EINVAL,
                        "options.check_order = %d, must be %d (the order) ... %d",
                        o->check_order, choice->order, SFM_MAX_CHECK_ORDER);
    choice->accuracy = digits <= 3   ? SFM_ACCURACY_LOW
                       : digits <= 6 ? SFM_ACCURACY_MID
                                     : SFM_ACCURACY_FULL;
    choice->cutoff = o->precision == STARFMM_DOUBLE ? SFM_CUTOFF_F64 : SFM_CUTOFF_F32;
    choice->floor = o->precision == STARFMM_DOUBLE ? 0 : SFM_FLOOR_F32;
    if (o->kernel == STARFMM_COUNT) {
        choice->order = choice->check_order = 1;
        choice->accuracy = SFM_ACCURACY_FULL;
    }
    return STARFMM_OK;
}
