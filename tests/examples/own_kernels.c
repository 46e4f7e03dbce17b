/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kernels of one's own: two made with the kit, each in a file of its own (biot_savart.c,
 * crystal.c), and a plain function of one pair.  Each is registered, summed with a plan, and
 * compared with the sum that this program writes down itself.  Build it with the flags that your
 * program is built with: the wider its registers, the faster the kernels.
 *
 *     cc -O3 -march=native own_kernels.c biot_savart.c crystal.c -I. $(pkg-config --cflags --libs starfmm) -lm
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <starfmm.h>
#include <starfmm_kernel.h>

#define N 3000
#define DIGITS 4

extern const starfmm_kernel_definition biot_savart_kernel, crystal_kernel;

static double x[N][3], q[3 * N];

/* 1 / (4 pi r) again: slow, but any language can do this. */
static void plain_laplace(const double d[3], const double *params, double *k)
{
    (void)params;
    k[0] = 1 / sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
}

static const starfmm_kernel_definition plain_kernel = {
    .size = sizeof(starfmm_kernel_definition),
    .name = "plain_laplace",
    .degree = -1,
    .factor = 0.079577471545947667884,
    .n_sources = 1,
    .source = {{"charge", 1, {0}, {1}}},
    .n_targets = 1,
    .target = {{"potential", 1, {0}, {1}}},
    .properties = STARFMM_ISOTROPIC | STARFMM_SYMMETRIC | STARFMM_EVEN,
    .flops = {{11}},
    .pair = plain_laplace};

/* What the kernels should give from point j at point i, without 1 / (4 pi). */
static void add_field(const double *d, const double *c, const double *params, double *u)
{
    double r = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
    (void)params;
    for (int k = 0; k < 3; k++)
        u[k] += (c[(k + 1) % 3] * d[(k + 2) % 3] - c[(k + 2) % 3] * d[(k + 1) % 3]) /
                (r * r * r);
}
static void add_crystal(const double *d, const double *c, const double *e, double *u)
{
    u[0] += c[0] / sqrt(e[1] * e[2] * d[0] * d[0] + e[0] * e[2] * d[1] * d[1] +
                        e[0] * e[1] * d[2] * d[2]);
}
static void add_laplace(const double *d, const double *c, const double *params, double *u)
{
    (void)params;
    u[0] += c[0] / sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
}

/* Every 40th point's error, relative. */
static double measure_error(const starfmm_options *o, int dim, const double *found,
                            void (*add)(const double *, const double *, const double *,
                                        double *))
{
    double error = 0, size = 0;
    for (int i = 0; i < N; i += 40) {
        double u[3] = {0};
        for (int j = 0; j < N; j++) {
            const double d[3] = {x[i][0] - x[j][0], x[i][1] - x[j][1], x[i][2] - x[j][2]};
            if (j != i) add(d, q + dim * j, o->params, u);
        }
        for (int k = 0; k < dim; k++) {
            u[k] /= 4 * acos(-1.0);
            error += pow(found[dim * i + k] - u[k], 2);
            size += u[k] * u[k];
        }
    }
    return sqrt(error / size);
}

/* 1 for success. */
static int try_kernel(const starfmm_kernel_definition *definition, const double *params,
                      void (*add)(const double *, const double *, const double *, double *))
{
    static double u[3 * N];
    const int dim = definition->source[0].dim;
    starfmm_plan *plan = NULL;
    starfmm_options o;
    starfmm_options_init(&o);
    o.digits = DIGITS; /* kept by measuring, or the plan is refused */
    for (int i = 0; i < definition->n_params; i++) o.params[i] = params[i];
    if (starfmm_kernel_register(definition, &o.kernel) ||
        starfmm_plan_create(&plan, &o, N, &x[0][0], 0, NULL) ||
        starfmm_evaluate(plan, 1, q, u, NULL)) {
        fprintf(stderr, "%s: %s\n", definition->name, starfmm_last_error());
        starfmm_plan_destroy(plan);
        return 0;
    }
    starfmm_plan_destroy(plan);
    double error = measure_error(&o, dim, u, add);
    printf("%-14s relative error %.1e\n", definition->name, error);
    return error < pow(10, -DIGITS);
}

int main(void)
{
    const double permittivity[] = {1, 1.3, 0.8};
    for (int i = 0; i < N; i++)
        for (int k = 0; k < 3; k++) {
            x[i][k] = rand() / (double)RAND_MAX;
            q[3 * i + k] = rand() / (double)RAND_MAX - 0.5;
        }
    if (starfmm_runtime_start(0)) {
        fprintf(stderr, "%s\n", starfmm_last_error());
        return 1;
    }
    int good = try_kernel(&plain_kernel, NULL, add_laplace) &
               try_kernel(&crystal_kernel, permittivity, add_crystal) &
               try_kernel(&biot_savart_kernel, NULL, add_field);
    starfmm_runtime_stop();
    return !good;
}
