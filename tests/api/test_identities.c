/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What must hold of the sum whatever the method: linearity, adjointness, invariances, the
 * gradient as a derivative, no jump across boxes.  Seeds are in the sets' makers.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "starfmm.h"
#include "tests/support/errors.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

#define N 3000
#define DIGITS 6
#define TOLERANCE 1e-6

static starfmm_options double_options(void)
{
    starfmm_options o;
    starfmm_options_init(&o);
    o.digits = DIGITS;
    o.n_crit = 30;
    return o;
}

/* Potentials (and gradients unless NULL) of a new plan; targets NULL: the sources. */
static void evaluate(const starfmm_options *o, size_t n_src, const double *src,
                     size_t n_trg, const double *trg, size_t n_rhs, const double *q,
                     double *pot, double *grad)
{
    starfmm_plan *plan;
    CHECK_OK(starfmm_plan_create(&plan, o, n_src, src, n_trg, trg));
    CHECK_OK(starfmm_evaluate(plan, n_rhs, q, pot, grad));
    CHECK_OK(starfmm_plan_destroy(plan));
}

SFM_CASE(linear)
{
    starfmm_options o = double_options();
    double *x = sfm_test_points("plummer", N, 1);
    double *q = sfm_test_charges(3 * N, -1, 1, 2), *p = malloc(3 * N * sizeof *p);
    for (size_t i = 0; i < N; i++) q[2 * N + i] = 3 * q[i] - 0.5 * q[N + i];
    CHECK_OK(starfmm_runtime_start(2));
    for (size_t k = 0; k < 3; k++)
        evaluate(&o, N, x, 0, NULL, 1, q + k * N, p + k * N, NULL);
    starfmm_runtime_stop();
    for (size_t i = 0; i < N; i++) p[i] = 3 * p[i] - 0.5 * p[N + i];
    double error = sfm_test_distance(N, p, p + 2 * N);
    CHECKF(error < 1e-12, "%g", error); /* the method is linear: rounding only */
    free(x);
    free(q);
    free(p);
}

/* <u, K v> = <K^T u, v>, K^T the sum with sources and targets exchanged. */
SFM_CASE(adjoint)
{
    const size_t n_src = N, n_trg = 1700;
    for (int kernel = STARFMM_LAPLACE; kernel <= STARFMM_YUKAWA; kernel++) {
        starfmm_options o = double_options();
        o.kernel = (starfmm_kernel)kernel;
        o.params[0] = kernel == STARFMM_YUKAWA ? 2.5 : 0;
        double *src = sfm_test_points("sphere", n_src, 3);
        double *trg = sfm_test_points("ellipsoid", n_trg, 4);
        double *v = sfm_test_charges(n_src, 0, 1, 5), *u = sfm_test_charges(n_trg, 0, 1, 6);
        double *kv = malloc(n_trg * sizeof *kv), *ku = malloc(n_src * sizeof *ku);
        CHECK_OK(starfmm_runtime_start(2));
        evaluate(&o, n_src, src, n_trg, trg, 1, v, kv, NULL);
        evaluate(&o, n_trg, trg, n_src, src, 1, u, ku, NULL);
        starfmm_runtime_stop();
        double left = 0, right = 0;
        for (size_t i = 0; i < n_trg; i++) left += u[i] * kv[i];
        for (size_t i = 0; i < n_src; i++) right += v[i] * ku[i];
        CHECKF(fabs(left - right) < TOLERANCE * fabs(left), "%.15g %.15g", left, right);
        free(src);
        free(trg);
        free(u);
        free(v);
        free(ku);
        free(kv);
    }
}

/* x -> s R x + t, R a rotation about (1, 1, 1). */
static void move(size_t n, const double *x, double angle, double scale, const double t[3],
                 double *y)
{
    double c = cos(angle), s = sin(angle) / sqrt(3), k = (1 - c) / 3;
    for (size_t i = 0; i < n; i++) {
        const double *a = x + 3 * i;
        double sum = k * (a[0] + a[1] + a[2]);
        y[3 * i] = scale * (c * a[0] + s * (a[2] - a[1]) + sum) + t[0];
        y[3 * i + 1] = scale * (c * a[1] + s * (a[0] - a[2]) + sum) + t[1];
        y[3 * i + 2] = scale * (c * a[2] + s * (a[1] - a[0]) + sum) + t[2];
    }
}

/* The Laplace sum scales by the inverse of lengths; kappa of Yukawa goes along. */
SFM_CASE(moved)
{
    static const struct {
        double angle, scale, shift[3];
    } motion[] = {{0, 1, {0.3, -20, 7}},
                  {1.1, 1, {0, 0, 0}},
                  {0, 3.7, {0, 0, 0}},
                  {2, 1e-3, {1, 1, 1}}};
    double *x = sfm_test_points("helix", N, 7), *y = malloc(3 * N * sizeof *y);
    double *q = sfm_test_charges(N, 0, 1, 8), *p = malloc(2 * N * sizeof *p);
    CHECK_OK(starfmm_runtime_start(2));
    for (int kernel = STARFMM_LAPLACE; kernel <= STARFMM_YUKAWA; kernel++)
        for (size_t m = 0; m < sizeof motion / sizeof *motion; m++) {
            starfmm_options o = double_options();
            o.kernel = (starfmm_kernel)kernel;
            o.params[0] = kernel == STARFMM_YUKAWA ? 1.5 : 0;
            evaluate(&o, N, x, 0, NULL, 1, q, p, NULL);
            move(N, x, motion[m].angle, motion[m].scale, motion[m].shift, y);
            o.params[0] /= motion[m].scale;
            evaluate(&o, N, y, 0, NULL, 1, q, p + N, NULL);
            for (size_t i = 0; i < N; i++) p[N + i] *= motion[m].scale;
            double error = sfm_test_distance(N, p + N, p);
            CHECKF(error < TOLERANCE, "kernel %d, motion %zu: %g", kernel, m, error);
        }
    starfmm_runtime_stop();
    free(x);
    free(y);
    free(q);
    free(p);
}

/* Central differences of the potential at targets away from the sources. */
SFM_CASE(gradient_is_the_derivative)
{
    enum { n_trg = 60 };
    const double h = 1e-4;
    double *x = sfm_test_points("cube", N, 9), *q = sfm_test_charges(N, 0, 1, 10);
    double *c = sfm_test_points("sphere", n_trg, 11), trg[7 * n_trg][3], pot[7 * n_trg];
    double grad[7 * n_trg][3], differences[n_trg][3], exact[n_trg][3];
    for (int i = 0; i < n_trg; i++)
        for (int k = 0; k < 7; k++)
            for (int d = 0; d < 3; d++)
                trg[7 * i + k][d] = 0.5 + 1.5 * c[3 * i + d] +
                                    (k == 2 * d + 1   ? h
                                     : k == 2 * d + 2 ? -h
                                                      : 0);
    CHECK_OK(starfmm_runtime_start(2));
    for (int kernel = STARFMM_LAPLACE; kernel <= STARFMM_YUKAWA; kernel++) {
        starfmm_options o = double_options();
        o.kernel = (starfmm_kernel)kernel;
        o.params[0] = kernel == STARFMM_YUKAWA ? 1 : 0;
        o.gradient = STARFMM_ON;
        o.digits = 10; /* what remains is the differences' own error, h^2 */
        evaluate(&o, N, x, 7 * n_trg, &trg[0][0], 1, q, pot, &grad[0][0]);
        for (int i = 0; i < n_trg; i++)
            for (int d = 0; d < 3; d++) {
                differences[i][d] =
                    (pot[7 * i + 2 * d + 1] - pot[7 * i + 2 * d + 2]) / (2 * h);
                exact[i][d] = grad[7 * i][d];
            }
        double error = sfm_test_distance(3 * n_trg, &differences[0][0], &exact[0][0]);
        CHECKF(error < 1e-5, "kernel %d: %g", kernel, error);
    }
    starfmm_runtime_stop();
    free(x);
    free(q);
    free(c);
}

/* Pairs of targets on both sides of the planes that cut the root and its children: 1e-9
 * apart the potentials differ by the error asked for, not by that of a lost box. */
SFM_CASE(continuous_across_faces)
{
    enum { n_pairs = 300 };
    double *x = sfm_test_points("cube", N, 12), *q = sfm_test_charges(N, 0, 1, 13);
    double trg[2 * n_pairs][3], pot[2 * n_pairs];
    uint64_t seed = 14;
    starfmm_options o = double_options();
    starfmm_plan *plan;
    starfmm_info info = {.size = sizeof info};
    CHECK_OK(starfmm_runtime_start(2));
    CHECK_OK(starfmm_plan_create(&plan, &o, N, x, 0, NULL));
    CHECK_OK(starfmm_plan_get_info(plan, &info));
    CHECK_OK(starfmm_plan_destroy(plan));
    for (int i = 0; i < n_pairs; i++)
        for (int side = 0; side < 2; side++)
            for (int d = 0; d < 3; d++) {
                double cut =
                    info.root_centre[d] + info.root_half_side * (i / 3 % 3 - 1) / 2;
                double u = side ? trg[2 * i][d] : 0.1 + 0.8 * sfm_test_uniform(&seed);
                trg[2 * i + side][d] = d == i % 3 ? cut + (side ? 5e-10 : -5e-10) : u;
            }
    evaluate(&o, N, x, 2 * n_pairs, &trg[0][0], 1, q, pot, NULL);
    starfmm_runtime_stop();
    for (int i = 0; i < n_pairs; i++)
        CHECKF(fabs(pot[2 * i] - pot[2 * i + 1]) < 1e-5 * fabs(pot[2 * i]),
               "pair %d: %.12g %.12g", i, pot[2 * i], pot[2 * i + 1]);
    free(x);
    free(q);
}

SFM_CASE(error_falls_with_order)
{
    sfm_test_problem p;
    starfmm_options o = double_options();
    sfm_test_problem_make(&p, &o, "sphere", N, 0, 1, 0, 300, 15);
    double previous = 1;
    CHECK_OK(starfmm_runtime_start(2));
    for (int order = 2; order <= 10; order += 2) {
        o.order = order;
        double error = sfm_test_error(&p, &o, NULL);
        printf("order %2d: error %.2e\n", order, error);
        CHECKF(error < previous / 10, "order %d: %g after %g", order, error, previous);
        previous = error;
    }
    starfmm_runtime_stop();
    sfm_test_problem_free(&p);
}

SFM_CASE(yukawa_without_screening_is_laplace)
{
    double *x = sfm_test_points("plummer", N, 16), *q = sfm_test_charges(N, -1, 1, 17);
    double *p = malloc(8 * N * sizeof *p);
    starfmm_options o = double_options();
    o.gradient = STARFMM_ON;
    CHECK_OK(starfmm_runtime_start(2));
    for (int kernel = STARFMM_LAPLACE; kernel <= STARFMM_YUKAWA; kernel++) {
        o.kernel = (starfmm_kernel)kernel;
        evaluate(&o, N, x, 0, NULL, 1, q, p + 4 * N * kernel, p + 4 * N * kernel + N);
    }
    starfmm_runtime_stop();
    /* Vector kernels of their own, at 7 digits a pair: not the same bits. */
    CHECKF(sfm_test_distance(N, p + 4 * N, p) < TOLERANCE, "%g",
           sfm_test_distance(N, p + 4 * N, p));
    CHECKF(sfm_test_distance(3 * N, p + 5 * N, p + N) < 10 * TOLERANCE, "gradients %g",
           sfm_test_distance(3 * N, p + 5 * N, p + N));
    free(x);
    free(q);
    free(p);
}

/* From hardly screened to boxes that are many screening lengths wide. */
SFM_CASE(yukawa_against_direct)
{
    const double kappa[] = {0.01, 1, 30, 1000};
    CHECK_OK(starfmm_runtime_start(2));
    for (int k = 0; k < 4; k++) {
        starfmm_options o = double_options();
        sfm_test_problem p;
        double gradient = 0;
        o.kernel = STARFMM_YUKAWA;
        o.params[0] = kappa[k];
        o.gradient = STARFMM_ON;
        sfm_test_problem_make(&p, &o, "plummer", N, 0, 1, 0, 200, 18);
        double error = sfm_test_error(&p, &o, &gradient);
        CHECKF(error < 1e-6 && gradient < 1e-4, "kappa %g: %g, gradients %g", kappa[k],
               error, gradient);
        sfm_test_problem_free(&p);
    }
    starfmm_runtime_stop();
}

/* k vectors at once: as k evaluations, and as the direct sum. */
SFM_CASE(many_vectors)
{
    const size_t ks[] = {1, 3, 10};
    CHECK_OK(starfmm_runtime_start(2));
    for (int m = 0; m < 3; m++) {
        size_t k = ks[m];
        sfm_test_problem p;
        starfmm_options o = double_options();
        o.gradient = STARFMM_ON;
        sfm_test_problem_make(&p, &o, "ellipsoid", N, 0, k, -1, 100, 19);
        double gradient = 0, error = sfm_test_error(&p, &o, &gradient);
        CHECKF(error < 10 * TOLERANCE && gradient < 1e-4, "%zu: %g %g", k, error, gradient);
        double *all = malloc(N * k * sizeof *all), *one = malloc(2 * N * sizeof *one);
        double *column = malloc(N * sizeof *column);
        starfmm_plan *plan;
        CHECK_OK(starfmm_plan_create(&plan, &o, N, p.sources, 0, NULL));
        CHECK_OK(starfmm_evaluate(plan, k, p.charges, all, NULL));
        for (size_t r = 0; r < k; r++) {
            for (size_t i = 0; i < N; i++) column[i] = p.charges[i * k + r];
            CHECK_OK(starfmm_evaluate(plan, 1, column, one, NULL));
            for (size_t i = 0; i < N; i++) one[N + i] = all[i * k + r];
            double distance = sfm_test_distance(N, one + N, one);
            CHECKF(distance < 1e-12, "%zu of %zu: %g", r, k, distance);
        }
        CHECK_OK(starfmm_plan_destroy(plan));
        free(all);
        free(one);
        free(column);
        sfm_test_problem_free(&p);
    }
    starfmm_runtime_stop();
}

/* The same bits for any group size's scheduler and number of workers. */
SFM_CASE(deterministic_repeats)
{
    starfmm_options o = double_options();
    double *x = sfm_test_points("plummer", N, 20), *q = sfm_test_charges(N, -1, 1, 21);
    double *p = malloc(2 * N * sizeof *p);
    o.deterministic = STARFMM_ON;
    o.group_size = 16;
    const char *schedulers[] = {"lws", "eager", "prio", "lws"};
    for (int run = 0; run < 4; run++) {
        setenv("STARPU_SCHED", schedulers[run], 1);
        CHECK_OK(starfmm_runtime_start(run == 3 ? 1 : 2));
        evaluate(&o, N, x, 0, NULL, 1, q, run ? p + N : p, NULL);
        starfmm_runtime_stop();
        CHECKF(run == 0 || memcmp(p, p + N, N * sizeof *p) == 0, "run %d with %s", run,
               schedulers[run]);
    }
    unsetenv("STARPU_SCHED");
    free(x);
    free(q);
    free(p);
}

SFM_MAIN()
