/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/errors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/kernel.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

static size_t count_targets(const sfm_test_problem *p)
{
    return p->targets ? p->n_targets : p->n_sources;
}

static void set_components(sfm_test_problem *p)
{
    const starfmm_options *o = &p->options;
    const sfm_kernel *k = sfm_kernel_get(o->kernel);
    int source = 0, target = 0;
    CHECK_OK(sfm_kernel_find_kinds(k, o->sources, o->targets, o->gradient == STARFMM_ON,
                                   &source, &target));
    p->charge = (size_t)k->source[source].dim;
    p->potential = (size_t)k->target[0].dim;
    p->gradient = (size_t)k->target[target].dim - p->potential;
}

void sfm_test_problem_make(sfm_test_problem *p, const starfmm_options *options,
                           const char *kind, size_t n_sources, size_t n_targets,
                           size_t n_rhs, double lo, size_t n_rows, uint64_t seed)
{
    memset(p, 0, sizeof *p);
    p->options = *options;
    p->n_sources = n_sources;
    p->n_targets = n_targets;
    p->n_rhs = n_rhs;
    p->sources = sfm_test_points(kind, n_sources, seed);
    if (n_targets) p->targets = sfm_test_points(kind, n_targets, seed + 1);
    set_components(p);
    size_t n_charges = n_sources * n_rhs * p->charge;
    p->charges = sfm_test_charges(n_charges, lo, 1, seed + 2);
    for (size_t i = 0; i < n_charges; i++) p->charges[i] = (float)p->charges[i];
    size_t n = count_targets(p);
    p->n_rows = n_rows < n ? n_rows : n;
    p->rows = malloc(p->n_rows * sizeof *p->rows);
    for (size_t i = 0; i < p->n_rows; i++) p->rows[i] = i * n / p->n_rows;
    p->potentials = malloc(p->n_rows * n_rhs * p->potential * sizeof(double));
    if (p->gradient)
        p->gradients = malloc(p->n_rows * n_rhs * p->gradient * sizeof(double));
    starfmm_options exact = *options;
    exact.precision = STARFMM_DOUBLE;
    CHECK_OK(starfmm_direct(&exact, n_sources, p->sources, n_targets, p->targets, n_rhs,
                            p->charges, p->n_rows, p->rows, p->potentials, p->gradients));
}

void sfm_test_problem_free(sfm_test_problem *p)
{
    free(p->sources);
    free(p->targets);
    free(p->charges);
    free(p->rows);
    free(p->potentials);
    free(p->gradients);
}

double sfm_test_distance(size_t n, const double *a, const double *exact)
{
    double largest = 0, difference = 0, norm = 0;
    for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs(exact[i]));
    double unit = largest > 0 ? largest : 1;
    for (size_t i = 0; i < n; i++) {
        difference += pow((a[i] - exact[i]) / unit, 2);
        norm += pow(exact[i] / unit, 2);
    }
    if (!isfinite(difference)) return INFINITY;
    return norm > 0 ? sqrt(difference / norm) : sqrt(difference);
}

static starfmm_status evaluate_float(starfmm_plan *plan, const sfm_test_problem *p,
                                     double *potentials, double *gradients)
{
    const size_t n_in = p->n_sources * p->n_rhs * p->charge;
    const size_t rows = count_targets(p) * p->n_rhs, n_out = rows * p->potential;
    float *q = malloc((n_in + n_out + rows * p->gradient + 1) * sizeof *q);
    float *pot = q + n_in, *grad = pot + n_out;
    for (size_t i = 0; i < n_in; i++) q[i] = (float)p->charges[i];
    starfmm_status status =
        starfmm_evaluate(plan, p->n_rhs, q, pot, gradients ? grad : NULL);
    for (size_t i = 0; i < n_out; i++) potentials[i] = (double)pot[i];
    for (size_t i = 0; gradients && i < rows * p->gradient; i++)
        gradients[i] = (double)grad[i];
    free(q);
    return status;
}

starfmm_status sfm_test_evaluate(starfmm_plan *plan, starfmm_precision precision,
                                 const sfm_test_problem *p, double *potentials,
                                 double *gradients)
{
    if (precision == STARFMM_FLOAT) return evaluate_float(plan, p, potentials, gradients);
    return starfmm_evaluate(plan, p->n_rhs, p->charges, potentials, gradients);
}

/* Keep the sampled rows, `width` values each, at the front. */
static void sample(const sfm_test_problem *p, double *values, size_t width)
{
    for (size_t i = 0; i < p->n_rows; i++)
        memmove(values + i * width, values + p->rows[i] * width, width * sizeof *values);
}

double sfm_test_error(const sfm_test_problem *p, const starfmm_options *options,
                      double *gradient_error)
{
    size_t n = count_targets(p) * p->n_rhs;
    starfmm_plan *plan;
    size_t width = p->potential + p->gradient;
    double error = INFINITY, *potentials = malloc((width * n + 1) * sizeof *potentials);
    double *gradients = gradient_error ? potentials + p->potential * n : NULL;
    CHECK_OK(starfmm_plan_create(&plan, options, p->n_sources, p->sources, p->n_targets,
                                 p->targets));
    if (plan) {
        starfmm_status status =
            sfm_test_evaluate(plan, options->precision, p, potentials, gradients);
        CHECK_OK(status);
        if (status == STARFMM_OK) {
            sample(p, potentials, p->n_rhs * p->potential);
            error = sfm_test_distance(p->n_rows * p->n_rhs * p->potential, potentials,
                                      p->potentials);
        }
        if (status == STARFMM_OK && gradients) {
            sample(p, gradients, p->n_rhs * p->gradient);
            *gradient_error = sfm_test_distance(p->n_rows * p->n_rhs * p->gradient,
                                                gradients, p->gradients);
        }
    }
    CHECK_OK(starfmm_plan_destroy(plan));
    free(potentials);
    return error;
}
