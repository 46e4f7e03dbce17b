/* SPDX-License-Identifier: BSD-3-Clause */
/* starfmm_estimate_error: it sees errors that were put in, and its bound holds for those that the
 * method made. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "starfmm.h"
#include "tests/support/errors.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

/* A result, in both precisions. */
typedef struct result {
    starfmm_plan *plan;
    size_t n, n_rhs;
    int is_float;
    void *q, *p, *g;
} result;

static void *in_precision(const double *values, size_t n, int is_float)
{
    void *to = malloc((n + 1) * sizeof(double));
    for (size_t i = 0; i < n; i++)
        if (is_float)
            ((float *)to)[i] = (float)values[i];
        else
            ((double *)to)[i] = values[i];
    return to;
}

static result evaluate_problem(const sfm_test_problem *p, const starfmm_options *o)
{
    size_t n = p->n_targets ? p->n_targets : p->n_sources;
    result r = {.n = n, .n_rhs = p->n_rhs, .is_float = o->precision == STARFMM_FLOAT};
    r.q = in_precision(p->charges, p->n_sources * p->n_rhs, r.is_float);
    r.p = calloc(n * p->n_rhs, sizeof(double));
    r.g = calloc(3 * n * p->n_rhs, sizeof(double));
    CHECK_OK(starfmm_plan_create(&r.plan, o, p->n_sources, p->sources, p->n_targets,
                                 p->targets));
    CHECK_OK(starfmm_evaluate(r.plan, r.n_rhs, r.q, r.p, r.g));
    return r;
}

static void free_result(result *r)
{
    CHECK_OK(starfmm_plan_destroy(r->plan));
    free(r->q);
    free(r->p);
    free(r->g);
}

static starfmm_error_estimate estimate_of(const result *r)
{
    starfmm_error_estimate e = {.size = sizeof e};
    CHECK_OK(starfmm_estimate_error(r->plan, r->n_rhs, r->q, r->p, r->g, &e));
    return e;
}

/* Multiply values of every charge vector but the last, or the last alone. */
static void scale_values(const result *r, void *values, size_t width, double factor)
{
    for (size_t i = 0; i < r->n * r->n_rhs * width; i++) {
        if (i / width % r->n_rhs != r->n_rhs - 1) continue;
        if (r->is_float)
            ((float *)values)[i] *= (float)factor;
        else
            ((double *)values)[i] *= factor;
    }
}

/* Values 1.01 times as large as they should be are wrong by a hundredth, at any sample. */
static void check_problem(const char *kind, size_t n, size_t n_targets, starfmm_options o)
{
    sfm_test_problem p;
    o.gradient = STARFMM_ON;
    sfm_test_problem_make(&p, &o, kind, n, n_targets, 2, -1, 1000, 9);
    double gradient, error = sfm_test_error(&p, &o, &gradient);
    result r = evaluate_problem(&p, &o);
    starfmm_error_estimate e = estimate_of(&r);
    CHECKF(error < e.potential_bound && gradient < e.gradient_bound &&
               e.potential < 4 * error && e.potential > error / 8,
           "%s, float %d: errors %.2e, %.2e, estimates %.2e to %.2e, %.2e to %.2e", kind,
           r.is_float, error, gradient, e.potential, e.potential_bound, e.gradient,
           e.gradient_bound);
    CHECK(e.n_samples >= 10 && e.confidence == 0.95);
    scale_values(&r, r.p, 1, 1.01);
    e = estimate_of(&r);
    CHECK_CLOSE(e.potential, 0.01, 1e-3);
    CHECK_BELOW(e.potential, e.potential_bound);
    CHECK_BELOW(e.gradient_bound, 5e-3);
    scale_values(&r, r.g, 3, 0.99);
    e = estimate_of(&r);
    CHECK_CLOSE(e.gradient, 0.01, 1e-3);
    free_result(&r);
    sfm_test_problem_free(&p);
}

SFM_CASE(errors_are_seen)
{
    starfmm_options o;
    starfmm_options_init(&o);
    CHECK_OK(starfmm_runtime_start(2));
    for (int precision = 0; precision < (SFM_SANITIZED ? 1 : 2); precision++) {
        o.precision = (starfmm_precision)precision;
        o.kernel = STARFMM_LAPLACE;
        check_problem("cube", 4000, 0, o);
        check_problem("plummer", 3000, 2000, o);
        o.kernel = STARFMM_YUKAWA;
        o.params[0] = 2;
        check_problem("offset", 4000, 0, o);
    }
    starfmm_runtime_stop();
}

/* As many targets as there are: the error itself, which needs no bound above it. */
SFM_CASE(all_targets)
{
    sfm_test_problem p;
    starfmm_options o;
    starfmm_options_init(&o);
    o.n_crit = 1;
    o.order = 4;
    o.gradient = STARFMM_ON;
    CHECK_OK(starfmm_runtime_start(2));
    sfm_test_problem_make(&p, &o, "cube", 9, 0, 1, -1, 9, 3);
    double gradient, error = sfm_test_error(&p, &o, &gradient);
    result r = evaluate_problem(&p, &o);
    starfmm_error_estimate e = estimate_of(&r);
    CHECK_EQ(e.n_samples, 9);
    CHECK_CLOSE(e.potential, error, 1e-3 * error);
    CHECK_CLOSE(e.potential_bound, error, 1e-3 * error);
    CHECK_CLOSE(e.gradient, gradient, 1e-3 * gradient);
    free_result(&r);
    sfm_test_problem_free(&p);
    starfmm_runtime_stop();
}

SFM_CASE(arguments)
{
    const double x[6] = {0, 0, 0, 1, 2, 3}, q[2] = {1, 2};
    double p[2] = {0}, g[6] = {0};
    starfmm_error_estimate e = {.size = sizeof e};
    starfmm_options o;
    starfmm_plan *plan;
    starfmm_options_init(&o);
    CHECK_STATUS(STARFMM_EINVAL, starfmm_estimate_error(NULL, 1, q, p, NULL, &e));
    CHECK_OK(starfmm_plan_create(&plan, &o, 2, x, 0, NULL));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_estimate_error(plan, 1, q, p, NULL, NULL));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_estimate_error(plan, 0, q, p, NULL, &e));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_estimate_error(plan, 1, NULL, p, NULL, &e));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_estimate_error(plan, 1, q, NULL, NULL, &e));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_estimate_error(plan, 1, q, p, g, &e));
    e.size = 3;
    CHECK_STATUS(STARFMM_EINVAL, starfmm_estimate_error(plan, 1, q, p, NULL, &e));
    e.size = sizeof e;
    CHECK_OK(starfmm_estimate_error(plan, 1, q, p, NULL, &e)); /* potentials of 0 */
    CHECK_CLOSE(e.potential, 1, 1e-12);
    CHECK_OK(starfmm_plan_destroy(plan));
    CHECK_OK(starfmm_plan_create(&plan, &o, 0, NULL, 0, NULL));
    CHECK_OK(starfmm_estimate_error(plan, 1, NULL, NULL, NULL, &e));
    CHECK(e.n_samples == 0 && e.potential == 0 && e.potential_bound == 0);
    CHECK_OK(starfmm_plan_destroy(plan));
    o.kernel = STARFMM_COUNT;
    CHECK_OK(starfmm_plan_create(&plan, &o, 2, x, 0, NULL));
    CHECK_STATUS(STARFMM_EUNSUPPORTED, starfmm_estimate_error(plan, 1, q, p, NULL, &e));
    CHECK_OK(starfmm_plan_destroy(plan));
}

SFM_MAIN()
