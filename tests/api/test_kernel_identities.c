/* SPDX-License-Identifier: BSD-3-Clause */
/* What sums of kernels must satisfy, whatever computes them, the direct sum or a plan: laws of symmetry and limits for all
 * kernels in the registry, equations and fluxes of single ones. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/kernel.h"
#include "starfmm.h"
#include "tests/support/errors.h"
#include "tests/support/kinds.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

#define N 600            /* sources, in the unit cube ... */
#define M 120            /* ... and targets, on a sphere round it */
#define DIFFERENCES 1e-4 /* allowed to finite differences */
#define DIGITS 4

/* Every identity holds of direct sums but for rounding, and of plans to `law`: thirty times the
 * tolerance, since all targets are far off, and derivatives are among the results. */
static int by_plan;
static double law;

#define IDENTITY(name)                                                                     \
    static void name(void);                                                                \
    SFM_CASE(name##_directly)                                                              \
    {                                                                                      \
        by_plan = 0;                                                                       \
        law = 1e-11;                                                                       \
        name();                                                                            \
    }                                                                                      \
    SFM_CASE(name##_by_plans)                                                              \
    {                                                                                      \
        by_plan = 1;                                                                       \
        law = 3e-3;                                                                        \
        CHECK_OK(starfmm_runtime_start(2));                                                \
        name();                                                                            \
        starfmm_runtime_stop();                                                            \
    }                                                                                      \
    static void name(void)

/* A kernel with kinds of sources and targets. */
typedef struct kinds {
    starfmm_kernel id;
    int source, target;
    double param;
} kinds;

static const sfm_kernel *kernel_of(const kinds *k)
{
    return sfm_kernel_get(k->id);
}

static size_t n_src(const kinds *k)
{
    return (size_t)kernel_of(k)->source[k->source].dim;
}

static size_t n_trg(const kinds *k)
{
    return (size_t)kernel_of(k)->target[k->target].dim;
}

/* All kinds of all kernels; 0 at the end.  The first is *k = {0, 0, -1}. */
static int next_kinds(kinds *k)
{
    k->param = 0.4;
    if (++k->target < (SFM_SANITIZED && by_plan ? 1 : kernel_of(k)->n_targets)) return 1;
    k->target = 0;
    if (++k->source < kernel_of(k)->n_sources) return 1;
    k->source = 0;
    k->id = (starfmm_kernel)(k->id + 1);
    return kernel_of(k) != NULL;
}

static double *numbers(size_t n)
{
    return calloc(n + 1, sizeof(double));
}

/* Sources, spread over [0, 1)^3, and targets: a sphere of radius 2. */
static double *source_points(size_t n)
{
    return sfm_test_points("cube", n, 1);
}

static double *target_points(size_t n)
{
    double *y = sfm_test_points("sphere", n, 2);
    for (size_t i = 0; i < 3 * n; i++) y[i] *= 2;
    return y;
}

/* The sums at m targets y [m][components] of n sources x with charges q [n][components]. */
static double *sum(const kinds *k, size_t n, const double *x, const double *q, size_t m,
                   const double *y)
{
    const size_t first = (size_t)kernel_of(k)->target[0].dim, rest = n_trg(k) - first;
    double *a = numbers(m * first), *b = numbers(m * rest), *u = numbers(m * n_trg(k));
    starfmm_options o;
    starfmm_options_init(&o);
    o.kernel = k->id;
    o.params[0] = k->param;
    o.sources = kernel_of(k)->source[k->source].name;
    o.targets = kernel_of(k)->target[k->target].name;
    o.digits = DIGITS;
    o.n_crit = 40;
    if (by_plan) {
        starfmm_plan *plan = NULL;
        CHECK_OK(starfmm_plan_create(&plan, &o, n, x, m, y));
        if (plan) CHECK_OK(starfmm_evaluate(plan, 1, q, a, rest ? b : NULL));
        CHECK_OK(starfmm_plan_destroy(plan));
    } else
        CHECK_OK(starfmm_direct(&o, n, x, m, y, 1, q, m, NULL, a, b));
    for (size_t i = 0; i < m * n_trg(k); i++) {
        size_t c = i % n_trg(k), row = i / n_trg(k);
        u[i] = c < first ? a[row * first + c] : b[row * rest + c - first];
    }
    free(a);
    free(b);
    return u;
}

static void expect_close(const kinds *k, const char *what, size_t n, const double *a,
                         const double *b, double tolerance)
{
    double error = sfm_test_distance(n, a, b);
    tolerance = fmax(tolerance, law);
    CHECKF(error <= tolerance, "%s, %s to %s, %s: %g", kernel_of(k)->name,
           kernel_of(k)->source[k->source].name, kernel_of(k)->target[k->target].name, what,
           error);
}

/* ---- laws of every kernel ---------------------------------------------------------------- */

/* <v, K u> of bilinear forms: of complex numbers the real part of the product. */
static double product(const sfm_kernel *kernel, size_t n, const double *u, const double *v)
{
    double s = 0;
    for (size_t i = 0; i < n; i++)
        s += (kernel->properties & STARFMM_COMPLEX && i % 2 ? -1 : 1) * u[i] * v[i];
    return s;
}

/* <v, K u> = <K v, u>, in kinds 0. */
IDENTITY(reciprocity)
{
    double *x = source_points(N), *y = target_points(M);
    for (kinds k = {0, 0, 0, 0.4}; kernel_of(&k); k.id = (starfmm_kernel)(k.id + 1)) {
        if (!(kernel_of(&k)->properties & STARFMM_SYMMETRIC)) continue;
        const size_t c = n_src(&k);
        double *u = sfm_test_charges(N * c, -1, 1, 3),
               *v = sfm_test_charges(M * c, 0, 1, 4);
        double *ku = sum(&k, N, x, u, M, y), *kv = sum(&k, M, y, v, N, x);
        double left = product(kernel_of(&k), M * c, v, ku);
        double right = product(kernel_of(&k), N * c, u, kv);
        CHECKF(fabs(left - right) <= law * fabs(left), "%s: %g, %g", kernel_of(&k)->name,
               left, right);
        free(u), free(v), free(ku), free(kv);
    }
    free(x), free(y);
}

/* A rotation, then a reflection. */
static const double map[3][3] = {{0.36, -0.48, 0.8}, {0.8, 0.6, 0}, {0.48, -0.64, -0.6}};

/* n values of a kind. */
static double *turn(const kinds *k, const starfmm_kind *kind, size_t n,
                    const double *values)
{
    const size_t dim = (size_t)kind->dim;
    double *turned = numbers(n * dim);
    for (size_t i = 0; i < n; i++) {
        long double from[STARFMM_MAX_COMPONENTS], to[STARFMM_MAX_COMPONENTS];
        for (size_t c = 0; c < dim; c++) from[c] = values[i * dim + c];
        sfm_kind_turn(kind, (kernel_of(k)->properties & STARFMM_COMPLEX) != 0, map, from,
                      to);
        for (size_t c = 0; c < dim; c++) turned[i * dim + c] = (double)to[c];
    }
    return turned;
}

/* What is turned and shifted gives what is turned. */
IDENTITY(rigid_motions)
{
    static const starfmm_kind point = {"point", 3, {0}, {3}};
    double *x = source_points(N), *y = target_points(M);
    for (kinds k = {0, 0, -1, 0}; next_kinds(&k);) {
        const kinds real = {STARFMM_LAPLACE, 0, 0, 0};
        const starfmm_kind *source = &kernel_of(&k)->source[k.source];
        const starfmm_kind *target = &kernel_of(&k)->target[k.target];
        double *q = sfm_test_charges(N * n_src(&k), -1, 1, 5), *u = sum(&k, N, x, q, M, y);
        double *tx = turn(&real, &point, N, x), *ty = turn(&real, &point, M, y);
        double *tq = turn(&k, source, N, q), *tu = turn(&k, target, M, u);
        for (int i = 0; i < 3 * N; i++) tx[i] += 0.3 * (i % 3 - 2);
        for (int i = 0; i < 3 * M; i++) ty[i] += 0.3 * (i % 3 - 2);
        double *moved = sum(&k, N, tx, tq, M, ty);
        expect_close(&k, "moved", M * n_trg(&k), moved, tu, law);
        free(q), free(u), free(tx), free(ty), free(tq), free(tu), free(moved);
    }
    free(x), free(y);
}

/* "dipole" is the limit of two opposite charges, apart along each axis in turn. */
IDENTITY(dipoles_are_pairs_of_charges)
{
    const double h = 1e-3;
    double *x = source_points(N), *y = target_points(M), *pairs = numbers(3 * 6 * N);
    for (int i = 0; i < 3 * 6 * N; i++) {
        const int axis = i / 3 % 6 / 2, side = i / 3 % 2 ? 1 : -1;
        pairs[i] = x[i / 18 * 3 + i % 3] + (i % 3 == axis) * side * h;
    }
    for (kinds k = {0, 0, -1, 0}; next_kinds(&k);) {
        if (k.source != sfm_test_source(kernel_of(&k), "dipole")) continue;
        kinds charge = k;
        charge.source = 0;
        const size_t c = n_src(&charge);
        double *p = sfm_test_charges(3 * N * c, -1, 1, 6), *q = numbers(6 * N * c);
        for (size_t i = 0; i < 6 * N * c; i++)
            q[i] = (i / c % 2 ? 1 : -1) / (2 * h) * p[i / (2 * c) * c + i % c];
        double *u = sum(&k, N, x, p, M, y), *v = sum(&charge, 6 * N, pairs, q, M, y);
        expect_close(&k, "pairs of charges", M * n_trg(&k), v, u, DIFFERENCES);
        free(p), free(q), free(u), free(v);
    }
    free(x), free(y), free(pairs);
}

/* ---- limits ------------------------------------------------------------------------------ */

/* With the parameter at its limit a kernel is another. */
static void check_limit(const kinds *a, const kinds *b)
{
    double *x = source_points(N), *y = target_points(M);
    double *q = sfm_test_charges(N * n_src(a), -1, 1, 7);
    double *u = sum(a, N, x, q, M, y), *v = sum(b, N, x, q, M, y);
    expect_close(a, kernel_of(b)->name, M * n_trg(a), u, v, law);
    free(x), free(y), free(q), free(u), free(v);
}

IDENTITY(yukawa_without_screening_is_laplace)
{
    for (int e = 0; e < 6; e++)
        check_limit(&(kinds){STARFMM_YUKAWA, e / 2, e % 2, 0},
                    &(kinds){STARFMM_LAPLACE, e / 2, e % 2, 0});
}

/* Real parts are Laplace's, imaginary ones nothing: of complex charges, which are two real ones. */
IDENTITY(helmholtz_without_waves_is_laplace)
{
    double *x = source_points(N), *y = target_points(M);
    for (int e = 0; e < 4; e++) {
        const kinds k = {STARFMM_HELMHOLTZ, e / 2, e % 2, 0}, real = {0, e / 2, e % 2, 0};
        double *q = sfm_test_charges(N * n_src(&k), -1, 1, 10), *u = sum(&k, N, x, q, M, y);
        for (int part = 0; part < 2; part++) {
            double *p = numbers(N * n_src(&real)), *v = numbers(M * n_trg(&real));
            for (size_t i = 0; i < N * n_src(&real); i++) p[i] = q[2 * i + (size_t)part];
            for (size_t i = 0; i < M * n_trg(&real); i++) v[i] = u[2 * i + (size_t)part];
            double *expected = sum(&real, N, x, p, M, y);
            expect_close(&k, "without waves", M * n_trg(&real), v, expected, law);
            free(p), free(v), free(expected);
        }
        free(q), free(u);
    }
    free(x), free(y);
}

IDENTITY(incompressible_elasticity_is_stokes)
{
    check_limit(&(kinds){STARFMM_ELASTICITY, 0, 0, 0.5}, &(kinds){STARFMM_STOKES, 0, 0, 0});
}

/* ---- single kernels ------------------------------------------------------------------------ */

/* Away from the sources; xx xy xz yy yz zz. */
IDENTITY(hessian_has_no_trace)
{
    double *x = source_points(N), *y = target_points(M);
    for (int source = 0; source < 3; source++) {
        const kinds k = {STARFMM_LAPLACE, source, 2, 0};
        double *q = sfm_test_charges(N * n_src(&k), -1, 1, 9), *u = sum(&k, N, x, q, M, y);
        double trace = 0, size = 0;
        for (int i = 0; i < M; i++) {
            const double *h = u + 10 * i + 4;
            trace += pow(h[0] + h[3] + h[5], 2);
            for (int c = 0; c < 6; c++) size += h[c] * h[c];
        }
        CHECKF(sqrt(trace) <= law * sqrt(size), "source %d: %g of %g", source, sqrt(trace),
               sqrt(size));
        free(q), free(u);
    }
    free(x), free(y);
}

/* Velocities of forces and stresslets, by central differences. */
IDENTITY(stokes_flow_has_no_divergence)
{
    const double h = 1e-3;
    double *x = source_points(N), *y = target_points(M), *at = numbers(3 * 6 * M);
    for (int i = 0; i < 3 * 6 * M; i++)
        at[i] = y[i / 18 * 3 + i % 3] + (i % 3 == i / 6 % 3) * (i / 3 % 2 ? h : -h);
    for (int source = 0; source < 2; source++) {
        const kinds k = {STARFMM_STOKES, source, 0, 0};
        double *q = sfm_test_charges(N * n_src(&k), -1, 1, 8);
        double *u = sum(&k, N, x, q, 6 * M, at), divergence = 0, size = 0;
        for (int i = 0; i < M; i++) {
            double sum_of_slopes = 0;
            for (int e = 0; e < 9; e++) { /* of component e / 3 along e % 3 */
                const double *v = u + 3 * (6 * i + e % 3 * 2) + e / 3;
                double slope = (v[3] - v[0]) / (2 * h);
                sum_of_slopes += e % 4 == 0 ? slope : 0;
                size += slope * slope;
            }
            divergence += sum_of_slopes * sum_of_slopes;
        }
        CHECKF(sqrt(divergence) <= fmax(DIFFERENCES, law) * sqrt(size),
               "source %d: %g of %g", source, sqrt(divergence), sqrt(size));
        free(q), free(u);
    }
    free(x), free(y), free(at);
}

/* A sphere of stresslets v n^T, n outward: v inside and 0 outside. */
IDENTITY(closed_surface_of_stresslets)
{
    enum { bands = 60, n = 2 * bands * bands };
    const double v[3] = {0.3, -1, 2}, pi = acos(-1.0);
    const double y[4][3] = {{0}, {0.3, -0.2, 0.25}, {1.4, 0.5, -0.7}, {-3, 2, 5}};
    const kinds k = {STARFMM_STOKES, 1, 0, 0};
    double *x = numbers(3 * n), *q = numbers(9 * n);
    for (int i = 0; i < n; i++) { /* midpoints in z and in the angle */
        double z = -1 + (2 * (i % bands) + 1.0) / bands, rho = sqrt(1 - z * z);
        double angle = pi * (i / bands + 0.5) / bands;
        x[3 * i] = rho * cos(angle), x[3 * i + 1] = rho * sin(angle), x[3 * i + 2] = z;
        for (int e = 0; e < 9; e++)
            q[9 * i + e] = 2 * pi / bands / bands * v[e / 3] * x[3 * i + e % 3];
    }
    double *u = sum(&k, n, x, q, 4, &y[0][0]);
    for (int i = 0; i < 12; i++) CHECK_CLOSE(u[i], i < 6 ? v[i % 3] : 0, 5e-3);
    free(x), free(q), free(u);
}

SFM_MAIN()
