/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The least order whose errors, measured for the kernel, the grade and each output that is
 * asked for, are below the tolerance (accuracy_tables.h); and an arithmetic that adds little to
 * them.
 */
#include "policy/accuracy.h"

#include <math.h>
#include <stdio.h>

#include "policy/accuracy_tables.h"
#include "precompute/operators.h"

#define DEFAULT_DIGITS_DOUBLE 6
#define DEFAULT_DIGITS_FLOAT 4
/* What sums of millions of terms keep in each precision. */
#define FLOOR_DOUBLE 1e-12
#define FLOOR_FLOAT 1e-5
/* Other samples of points and charges than those that were measured may err more; worst cases
 * are hard to find, and deeper chains of M2M and L2L add. */
static const double margin[] = {[STARFMM_ORDINARY] = 1.6, [STARFMM_STRICT] = 5};
/* From these orders on gradients are better with the wider inner surface, and before in the strict
 * grade (operators/surface.h). */
#define WIDER_FROM_DOUBLE 14
#define WIDER_FROM_FLOAT 6
/* The same of errors that are measured for the plan, between two boxes at one offset. */
static const double measured_margin[] = {[STARFMM_ORDINARY] = 2.5, [STARFMM_STRICT] = 15};
/* Orders that a digit takes, at least; an error of which that is not known yet, and one that no
 * order asked for may have. */
#define ORDERS_OF_DIGIT 0.8
#define NOTHING 0.3
#define SURELY_WRONG 0.5
/* Orders that may bring nothing before the search ends. */
#define MOST_IN_VAIN 2
/* Two ways to write a power of ten. */
#define SAME 1e-9

int sfm_accuracy_digits(double tolerance)
{
    return tolerance > 0 ? (int)floor(-log10(tolerance) + SAME) : 0;
}

/* ---- what is asked for ----------------------------------------------------------------- */

static starfmm_status check_ranges(const starfmm_options *o)
{
    if (o->order < 0 || o->order > SFM_MAX_ORDER)
        return sfm_fail(STARFMM_EINVAL,
                        "options.order = %d, must be 1 ... %d, or 0: automatic", o->order,
                        SFM_MAX_ORDER);
    if (o->digits < 0)
        return sfm_fail(STARFMM_EINVAL,
                        "options.digits = %d, must be 1 ... %d, or 0: automatic", o->digits,
                        sfm_accuracy_digits(FLOOR_DOUBLE));
    if (!(o->tolerance >= 0 && o->tolerance < 1))
        return sfm_fail(STARFMM_EINVAL,
                        "options.tolerance = %g, must be above 0 and below 1, or 0: from "
                        "the digits",
                        o->tolerance);
    return STARFMM_OK;
}

static starfmm_status read_tolerance(const starfmm_options *o, double *tolerance)
{
    *tolerance = o->tolerance;
    if (o->digits == 0 && *tolerance == 0)
        *tolerance = pow(10, o->precision == STARFMM_DOUBLE ? -DEFAULT_DIGITS_DOUBLE
                                                            : -DEFAULT_DIGITS_FLOAT);
    if (o->digits == 0) return STARFMM_OK;
    double power = pow(10, -o->digits);
    if (*tolerance != 0 && !(fabs(*tolerance - power) <= SAME * power))
        return sfm_fail(STARFMM_EINVAL,
                        "options.tolerance = %g and options.digits = %d: give one of them",
                        *tolerance, o->digits);
    if (*tolerance == 0) *tolerance = power;
    return STARFMM_OK;
}

/* ---- what is measured ------------------------------------------------------------------ */

static const accuracy_table *table_of(const starfmm_options *o)
{
    const sfm_kernel *k = sfm_kernel_get(o->kernel);
    /* A kernel without a row of its own: with a length it is like Yukawa's. */
    int number = sfm_kernel_is_homogeneous(k, o->params) ? 0 : 1;
    return &accuracy_tables[number][o->precision == STARFMM_FLOAT];
}

/* The largest error of an order over the outputs that are asked for. */
static double error_of(const accuracy_row *row, const starfmm_options *o)
{
    const double *error = row->error[o->grade == STARFMM_STRICT];
    return margin[o->grade] *
           (o->gradient == STARFMM_ON ? fmax(error[0], error[1]) : error[0]);
}

static starfmm_status refuse_tolerance(const starfmm_options *o, double least)
{
    char asked[64];
    int is_double = o->precision == STARFMM_DOUBLE;
    if (o->digits)
        snprintf(asked, sizeof asked, "options.digits = %d", o->digits);
    else
        snprintf(asked, sizeof asked, "options.tolerance = %g", o->tolerance);
    return sfm_fail(
        STARFMM_EPRECISION,
        "%s is beyond what %s precision keeps%s%s: a tolerance of %.2g, at most "
        "%d digits%s",
        asked, is_double ? "double" : "single",
        o->gradient == STARFMM_ON ? " with gradients" : "",
        o->grade == STARFMM_STRICT ? " in the strict grade" : "", least,
        sfm_accuracy_digits(least), is_double ? "" : "; use STARFMM_DOUBLE for more");
}

/* The first row that keeps the tolerance, or one that is `raised` above it. */
static starfmm_status find_row(const starfmm_options *o, double tolerance, int raised,
                               const accuracy_row **row)
{
    const accuracy_table *t = table_of(o);
    double floor = o->precision == STARFMM_DOUBLE ? FLOOR_DOUBLE : FLOOR_FLOAT, least = 1;
    for (*row = t->row; *row < t->row + t->n; ++*row) {
        double error = error_of(*row, o);
        if (error <= tolerance && tolerance >= floor * (1 - SAME)) {
            *row += raised < t->row + t->n - *row ? raised : t->row + t->n - 1 - *row;
            return STARFMM_OK;
        }
        least = fmin(least, error);
    }
    return refuse_tolerance(o, fmax(least, floor));
}

/* What an order that is asked for is good for, so that the arithmetic is good enough. */
static double implied_tolerance(const starfmm_options *o)
{
    const accuracy_table *t = table_of(o);
    for (int i = 0; i < t->n; i++)
        if (t->row[i].order >= o->order) return t->row[i].error[0][0];
    return 0;
}

/* ---- the choice ------------------------------------------------------------------------ */

/* Pairs of points err at random, each of them (1 + 3 k) times as much for derivatives of order
 * k, and (1 + k r) times for waves (starfmm_kernel.h): hundreds. */
static sfm_accuracy choose_arithmetic(const starfmm_options *o, double tolerance)
{
    double budget = tolerance / (o->gradient == STARFMM_ON ? 4 : 1) / 1.5;
    if (sfm_kernel_get(o->kernel)->properties & STARFMM_COMPLEX) budget /= 200;
    if (o->grade == STARFMM_STRICT) return SFM_ACCURACY_FULL;
    return budget >= 1e-4   ? SFM_ACCURACY_LOW
           : budget >= 1e-7 ? SFM_ACCURACY_MID
                            : SFM_ACCURACY_FULL;
}

/* Kernels of several components, complex ones among them, take surfaces and cut-offs that their
 * operators were measured with, */
static int has_components(const starfmm_options *o)
{
    const sfm_kernel *k = sfm_kernel_get(o->kernel);
    return k->source[0].dim > 1 || k->target[0].dim > 1;
}

/* and more orders than Laplace's: about so many, before they are measured. */
static int more_orders(const starfmm_options *o, int order)
{
    if (!has_components(o)) return 0;
    return sfm_kernel_get(o->kernel)->properties & STARFMM_COMPLEX || order < 6 ? 1 : 2;
}

static starfmm_status choose_orders(const starfmm_options *o, int raised,
                                    sfm_accuracy_choice *choice)
{
    const accuracy_row *row = NULL;
    double tolerance = 0;
    choice->order = choice->check_order = o->order;
    if (o->order == 1) choice->check_order = 3; /* two points at the centre are none */
    if (o->order == 0) {
        SFM_TRY(read_tolerance(o, &tolerance));
        SFM_TRY(find_row(o, tolerance, raised, &row));
        choice->order = row->order + more_orders(o, row->order);
        choice->check_order = choice->order + row->check_order - row->order;
    }
    if (choice->order > SFM_MAX_ORDER) choice->order = SFM_MAX_ORDER;
    if (has_components(o)) choice->check_order = choice->order + 2;
    if (o->check_order) choice->check_order = o->check_order;
    if (choice->check_order < choice->order || choice->check_order > SFM_MAX_CHECK_ORDER)
        return sfm_fail(STARFMM_EINVAL,
                        "options.check_order = %d, must be %d (the order) ... %d",
                        o->check_order, choice->order, SFM_MAX_CHECK_ORDER);
    choice->tolerance = tolerance;
    choice->accuracy = choose_arithmetic(o, row ? tolerance : implied_tolerance(o));
    return STARFMM_OK;
}

starfmm_status sfm_accuracy_choose(const starfmm_options *o, int raised,
                                   sfm_accuracy_choice *choice)
{
    int is_double = o->precision == STARFMM_DOUBLE;
    SFM_TRY(check_ranges(o));
    SFM_TRY(choose_orders(o, raised, choice));
    int wider = o->gradient == STARFMM_ON &&
                (o->grade == STARFMM_STRICT ||
                 choice->order >= (is_double ? WIDER_FROM_DOUBLE : WIDER_FROM_FLOAT));
    choice->inner = wider ? SFM_WIDER_INNER_FORM : SFM_INNER_FORM;
    choice->outer =
        choice->check_order == choice->order ? SFM_OUTER_FORM : SFM_FINER_OUTER_FORM;
    choice->cutoff = is_double ? SFM_CUTOFF_F64 : SFM_CUTOFF_F32;
    if (has_components(o)) {
        choice->inner = (sfm_surface_form){1.05, 0};
        choice->outer = (sfm_surface_form){2.95, 0};
        if (is_double) choice->cutoff = 1e-13;
    }
    choice->floor = is_double ? 0 : SFM_FLOOR_F32;
    if (o->kernel == STARFMM_COUNT) {
        choice->order = choice->check_order = 1;
        choice->accuracy = SFM_ACCURACY_FULL;
    }
    return STARFMM_OK;
}

/* ---- what is measured for the plan --------------------------------------------------------- */

/* All but what the tables hold: charges of Laplace and Yukawa, potentials and gradients. */
static int is_measured(const sfm_settings *s)
{
    const int is_in_tables =
        s->kernel->id <= STARFMM_YUKAWA && s->source == 0 && s->target <= 1;
    return !is_in_tables && s->kernel->id != STARFMM_COUNT;
}

starfmm_status sfm_accuracy_check(const sfm_settings *s, const starfmm_options *o,
                                  const sfm_levels *l, sfm_accuracy_search *search)
{
    double error;
    search->raise = 0;
    if (!is_measured(s)) return STARFMM_OK;
    SFM_TRY(sfm_levels_measure(l, s, o->grade, &error));
    error *= s->tolerance > 0 ? measured_margin[o->grade] : 1;
    const double limit = s->tolerance > 0 ? s->tolerance : SURELY_WRONG;
    if (error <= limit) return STARFMM_OK;
    if (search->order == 0 || error < search->least / 2) {
        search->least = fmin(error, 1);
        search->order = s->order;
    }
    if (s->tolerance > 0 && s->order - search->order < MOST_IN_VAIN)
        search->raise =
            error > NOTHING ? 2 : (int)fmax(1, ORDERS_OF_DIGIT * log10(error / limit));
    const char *name = s->kernel->n_params ? s->kernel->param[0].name : "degree";
    const int digits = sfm_accuracy_digits(search->least);
    return sfm_fail(
        digits < 1 ? STARFMM_EUNSUPPORTED : STARFMM_EPRECISION,
        "kernel '%s', %s = %g: between boxes of these points its expansions err "
        "by %.2g at least (orders up to %d), and %.2g is asked for: at most %d "
        "digits; fundamental solutions of elliptic equations that swing little "
        "within a box have more",
        s->kernel->name, name, s->kernel->n_params ? o->params[0] : s->kernel->degree,
        search->least, s->order, limit, digits > 0 ? digits : 0);
}
