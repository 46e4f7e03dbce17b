/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Evaluation at targets that are not the plan's: every pair counted once, and the direct
 * sum, for targets among the sources, between them, in boxes without any, and outside the
 * root cube.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "starfmm_starpu.h"
#include "tests/support/errors.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

#define SEED 11

/* n targets of which some are points of the plan, some near those, some anywhere in their
 * box, some outside it, near and far. */
static double *make_targets(size_t n, size_t n_src, const double *src, uint64_t *seed)
{
    double *x = malloc(3 * n * sizeof *x), lo[3], hi[3];
    for (size_t d = 0; d < 3; d++) {
        lo[d] = hi[d] = src[d];
        for (size_t i = 0; i < n_src; i++) {
            lo[d] = fmin(lo[d], src[3 * i + d]);
            hi[d] = fmax(hi[d], src[3 * i + d]);
        }
    }
    double side = fmax(hi[0] - lo[0], fmax(hi[1] - lo[1], hi[2] - lo[2]));
    if (side == 0) side = 1;
    for (size_t i = 0; i < n; i++)
        for (size_t d = 0; d < 3; d++) {
            double u = sfm_test_uniform(seed), p = src[3 * (i * 7919 % n_src) + d];
            x[3 * i + d] = i % 5 == 0   ? p
                           : i % 5 == 1 ? p + 1e-3 * side * (u - 0.5)
                           : i % 5 == 2 ? lo[d] + u * side
                           : i % 5 == 3 ? lo[d] + (3 * u - 1) * side
                                        : lo[d] + (i % 3 ? 30 : 1e6) * (u - 0.3) * side;
        }
    return x;
}

typedef struct problem {
    starfmm_options o;
    size_t n_src, n_trg, n, n_rhs; /* n_trg 0: the plan's targets are its sources */
    double *src, *trg, *x, *q;
    starfmm_plan *plan;
} problem;

static void start(problem *s, const starfmm_options *o, const char *kind, size_t n_src,
                  size_t n_trg, size_t n, size_t n_rhs)
{
    uint64_t seed = SEED;
    *s = (problem){.o = *o, .n_src = n_src, .n_trg = n_trg, .n = n, .n_rhs = n_rhs};
    s->src = sfm_test_points(kind, n_src, SEED);
    s->trg = n_trg ? sfm_test_points(kind, n_trg, SEED + 1) : NULL;
    /* The plan's targets in one half only: elsewhere there is no local expansion. */
    for (size_t i = 0; i < n_trg; i++)
        s->trg[3 * i] = s->src[0] + (s->trg[3 * i] - s->src[0]) / 2;
    s->x = make_targets(n, n_src, s->src, &seed);
    s->q = sfm_test_charges(n_src * n_rhs, 0, 1, SEED + 2);
    CHECK_OK(starfmm_plan_create(&s->plan, o, n_src, s->src, n_trg, s->trg));
}

static void stop(problem *s)
{
    CHECK_OK(starfmm_plan_destroy(s->plan));
    free(s->src);
    free(s->trg);
    free(s->x);
    free(s->q);
}

/* The plan's own evaluation, whose results do not matter. */
static void evaluate(problem *s)
{
    size_t n = s->n_trg ? s->n_trg : s->n_src;
    double *p = malloc(n * s->n_rhs * sizeof *p);
    CHECK_OK(starfmm_evaluate(s->plan, s->n_rhs, s->q, p, NULL));
    free(p);
}

/* ---- counting ----------------------------------------------------------------------- */

static void count(const char *kind, size_t n_trg, int n_crit, int balance)
{
    starfmm_options o;
    problem s;
    starfmm_options_init(&o);
    o.kernel = STARFMM_COUNT;
    o.n_crit = n_crit;
    o.order = 2; /* M2P as soon as a node has 8 sources */
    o.balance = balance ? STARFMM_ON : STARFMM_OFF;
    if (strcmp(kind, "heaps") == 0 || strcmp(kind, "equal") == 0) o.max_depth = 6;
    start(&s, &o, kind, 3000, n_trg, 2000, 1);
    for (size_t i = 0; i < s.n_src; i++) s.q[i] = 1;
    evaluate(&s);
    double *p = calloc(s.n, sizeof *p);
    CHECK_OK(starfmm_evaluate_at(s.plan, 1, s.n, s.x, p, NULL));
    size_t wrong = 0, first = 0;
    for (size_t i = 0; i < s.n; i++)
        if (fabs(p[i] - 3000) > 1e-6 && wrong++ == 0) first = i;
    CHECKF(wrong == 0,
           "%s, %zu targets, n_crit %d, balance %d: %zu wrong, target %zu (%g, %g, %g) "
           "counts %.9g",
           kind, n_trg, n_crit, balance, wrong, first, s.x[3 * first], s.x[3 * first + 1],
           s.x[3 * first + 2], p[first]);
    free(p);
    stop(&s);
}

SFM_CASE(every_pair_once)
{
    CHECK_OK(starfmm_runtime_start(2));
    for (int k = 0; k < sfm_test_n_kinds; k++) {
        const char *kind = sfm_test_kinds[k];
        if (strcmp(kind, "huge") == 0) continue; /* the targets would overflow */
        count(kind, 0, 20, 1);
        count(kind, 500, 20, 0);
        count(kind, 40, 3, 1);
        count(kind, 2000, 3, 1);
        count(kind, 0, 3000, 1);
    }
    starfmm_runtime_stop();
}

/* ---- against the direct sum --------------------------------------------------------- */

static void *cast(const double *x, size_t n, starfmm_precision to)
{
    float *f = malloc(n * sizeof(double));
    for (size_t i = 0; i < n && to == STARFMM_FLOAT; i++) f[i] = (float)x[i];
    if (to == STARFMM_DOUBLE) memcpy(f, x, n * sizeof *x);
    return f;
}

static void widen(double *x, size_t n, starfmm_precision from)
{
    for (size_t i = n; i-- > 0 && from == STARFMM_FLOAT;) {
        float v;
        memcpy(&v, (const char *)x + i * sizeof v, sizeof v);
        x[i] = (double)v;
    }
}

static void compare(const starfmm_options *o, const char *kind, size_t n_trg, size_t n_rhs,
                    double limit)
{
    problem s;
    start(&s, o, kind, 2500, n_trg, 500, n_rhs);
    size_t values = s.n * n_rhs, n_p = s.n_src + n_trg;
    double *p = malloc(4 * values * sizeof *p), *g = p + values;
    double *exact = malloc(4 * values * sizeof *exact),
           *other = malloc(n_p * n_rhs * sizeof *other);
    void *q = cast(s.q, s.n_src * n_rhs, o->precision);
    CHECK_OK(starfmm_direct(o, s.n_src, s.src, s.n, s.x, n_rhs, q, s.n, NULL, exact,
                            exact + values));
    CHECK_OK(starfmm_evaluate(s.plan, n_rhs, q, other, NULL));
    CHECK_OK(starfmm_evaluate_at(s.plan, n_rhs, s.n, s.x, p, g));
    widen(p, values, o->precision);
    widen(g, 3 * values, o->precision);
    /* Far targets apart, whose potentials are small. */
    for (size_t k = 0; k < 5; k++) {
        double e[4] = {0, 0, 0, 0};
        for (size_t i = k; i < s.n; i += 5)
            for (size_t j = 0; j < 4 * n_rhs; j++) {
                int is_g = j >= n_rhs;
                size_t at = is_g ? values + 3 * i * n_rhs + (j - n_rhs) : i * n_rhs + j;
                e[is_g] += (p[at] - exact[at]) * (p[at] - exact[at]);
                e[2 + is_g] += exact[at] * exact[at];
            }
        double error = sqrt(e[0] / e[2]), gradient = sqrt(e[1] / e[3]);
        CHECKF(error < limit && gradient < 20 * limit,
               "%s, kernel %d, precision %d, %zu targets, %zu vectors, targets %zu: %.2e, "
               "gradients %.2e",
               kind, (int)o->kernel, (int)o->precision, n_trg, n_rhs, k, error, gradient);
    }
    free(p);
    free(exact);
    free(other);
    free(q);
    stop(&s);
}

SFM_CASE(direct_sums)
{
    static const char *const kinds[] = {"cube",     "plummer", "sphere", "ellipsoid",
                                        "clusters", "plane",   "offset"};
    CHECK_OK(starfmm_runtime_start(2));
    for (int k = 0; k < 7; k++)
        for (int variant = 0; variant < 4; variant++) {
            starfmm_options o;
            starfmm_options_init(&o);
            o.precision = variant & 1 ? STARFMM_FLOAT : STARFMM_DOUBLE;
            o.kernel = variant & 2 ? STARFMM_YUKAWA : STARFMM_LAPLACE;
            o.params[0] = variant & 2 ? 1 : 0;
            o.gradient = STARFMM_ON;
            o.digits = variant & 1 ? 4 : 6;
            o.n_crit = 15;
            if (variant & 2 && k > (SFM_SANITIZED ? 0 : 2))
                continue; /* operators of every level take long */
            compare(&o, kinds[k], k % 2 ? 0 : 600, variant == 0 ? 3 : 1,
                    variant & 1 ? 1e-3 : 1e-5);
        }
    starfmm_runtime_stop();
}

/* The plan's own targets give what the plan gave. */
SFM_CASE(own_targets)
{
    starfmm_options o;
    problem s;
    CHECK_OK(starfmm_runtime_start(2));
    starfmm_options_init(&o);
    o.digits = 9;
    start(&s, &o, "plummer", 20000, 0, 1, 1);
    double *a = malloc(20000 * sizeof *a), *b = malloc(20000 * sizeof *b);
    CHECK_OK(starfmm_evaluate(s.plan, 1, s.q, a, NULL));
    CHECK_OK(starfmm_evaluate_at(s.plan, 1, 20000, s.src, b, NULL));
    double d = sfm_test_distance(20000, b, a);
    CHECKF(d < 1e-13, "%g", d);
    free(a);
    free(b);
    stop(&s);
    starfmm_runtime_stop();
}

/* ---- in the graph ------------------------------------------------------------------- */

#define CHUNKS 5

static void register_chunks(starpu_data_handle_t *h, double *x, size_t n)
{
    for (size_t c = 0; c < CHUNKS; c++) {
        size_t first = c * n / CHUNKS, end = (c + 1) * n / CHUNKS;
        starpu_vector_data_register(&h[c], STARPU_MAIN_RAM, (uintptr_t)(x + first),
                                    (uint32_t)(end - first), sizeof *x);
    }
}

static void unregister(starpu_data_handle_t *h)
{
    for (size_t c = 0; c < CHUNKS; c++) starpu_data_unregister(h[c]);
}

/* An evaluation, one at other targets, both again with other charges, no wait anywhere: other
 * targets get the potentials of the charges before them. */
SFM_CASE(submitted_in_between)
{
    enum { n = 5000, m = 1000 };
    starfmm_options o;
    problem s;
    double *charges[2], *p[2], *at[2];
    starpu_data_handle_t qh[2][CHUNKS], ph[2][CHUNKS], ah[2][CHUNKS];
    CHECK_OK(starfmm_runtime_start(2));
    starfmm_options_init(&o);
    o.deterministic = STARFMM_ON;
    o.digits = 4;
    o.n_crit = 30;
    start(&s, &o, "sphere", n, 0, m, 1);
    for (int k = 0; k < 2; k++) {
        charges[k] = sfm_test_charges(n, 0, 1, 20 + (uint64_t)k);
        p[k] = calloc(n, sizeof(double));
        at[k] = calloc(m, sizeof(double));
        register_chunks(qh[k], charges[k], n);
        register_chunks(ph[k], p[k], n);
        register_chunks(ah[k], at[k], m);
    }
    for (int k = 0; k < 2; k++) {
        CHECK_OK(starfmm_plan_submit(s.plan, (starfmm_chunks){CHUNKS, qh[k]},
                                     (starfmm_chunks){CHUNKS, ph[k]}, NULL, NULL));
        CHECK_OK(starfmm_plan_submit_at(s.plan, m, s.x, (starfmm_chunks){CHUNKS, ah[k]},
                                        NULL, NULL));
    }
    for (int k = 0; k < 2; k++) {
        unregister(qh[k]);
        unregister(ph[k]);
        unregister(ah[k]);
    }
    CHECK(memcmp(at[0], at[1], m * sizeof *at[0]) != 0);
    for (int k = 0; k < 2; k++) {
        double *expected = malloc(n * sizeof *expected);
        CHECK_OK(starfmm_evaluate(s.plan, 1, charges[k], expected, NULL));
        CHECK(memcmp(expected, p[k], n * sizeof *expected) == 0);
        CHECK_OK(starfmm_evaluate_at(s.plan, 1, m, s.x, expected, NULL));
        CHECK(memcmp(expected, at[k], m * sizeof *expected) == 0);
        free(expected);
        free(charges[k]);
        free(p[k]);
    }
    free(at[0]);
    free(at[1]);
    stop(&s);
    starfmm_runtime_stop();
}

SFM_CASE(bad_arguments)
{
    starfmm_options o;
    problem s;
    double p[500];
    CHECK_OK(starfmm_runtime_start(2));
    starfmm_options_init(&o);
    start(&s, &o, "cube", 500, 0, 100, 1);
    CHECK_STATUS(STARFMM_EINVAL, starfmm_evaluate_at(NULL, 1, 100, s.x, p, NULL));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_evaluate_at(s.plan, 1, 100, s.x, p, NULL));
    CHECK(strstr(starfmm_last_error(), "no evaluation") != NULL);
    evaluate(&s);
    CHECK_OK(starfmm_evaluate_at(s.plan, 1, 100, s.x, p, NULL));
    CHECK_OK(starfmm_evaluate_at(s.plan, 1, 0, NULL, NULL, NULL));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_evaluate_at(s.plan, 2, 100, s.x, p, NULL));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_evaluate_at(s.plan, 0, 100, s.x, p, NULL));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_evaluate_at(s.plan, 1, 100, NULL, p, NULL));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_evaluate_at(s.plan, 1, 100, s.x, NULL, NULL));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_evaluate_at(s.plan, 1, 100, s.x, p, p));
    s.x[44] = NAN;
    CHECK_STATUS(STARFMM_ENONFINITE, starfmm_evaluate_at(s.plan, 1, 100, s.x, p, NULL));
    CHECK(strstr(starfmm_last_error(), "target 14") != NULL);
    s.x[44] = 1;
    /* An evaluation that failed leaves nothing to read; nor does a move, or a release. */
    s.q[7] = NAN;
    CHECK_STATUS(STARFMM_ENONFINITE, starfmm_evaluate(s.plan, 1, s.q, p, NULL));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_evaluate_at(s.plan, 1, 100, s.x, p, NULL));
    CHECK(strstr(starfmm_last_error(), "has failed") != NULL);
    s.q[7] = 1;
    evaluate(&s);
    CHECK_OK(starfmm_evaluate_at(s.plan, 1, 100, s.x, p, NULL));
    CHECK_OK(starfmm_plan_move(s.plan, s.n_src, s.src, 0, NULL));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_evaluate_at(s.plan, 1, 100, s.x, p, NULL));
    evaluate(&s);
    CHECK_OK(starfmm_plan_release(s.plan));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_evaluate_at(s.plan, 1, 100, s.x, p, NULL));
    stop(&s);
    starfmm_runtime_stop();
}

/* Plans without sources, without targets, without points. */
SFM_CASE(no_points)
{
    double x[12] = {0, 0, 0, 1, 1, 1, 5, 5, 5, 0.5, 0, 0}, q[2] = {1, 2},
           p[4] = {7, 7, 7, 7};
    starfmm_plan *plan;
    CHECK_OK(starfmm_runtime_start(2));
    CHECK_OK(starfmm_plan_create(&plan, NULL, 0, NULL, 2, x));
    CHECK_OK(starfmm_evaluate(plan, 1, NULL, p, NULL));
    CHECK_OK(starfmm_evaluate_at(plan, 1, 4, x, p, NULL));
    CHECK(p[0] == 0 && p[1] == 0 && p[2] == 0 && p[3] == 0);
    CHECK_OK(starfmm_plan_destroy(plan));
    CHECK_OK(starfmm_plan_create(&plan, NULL, 2, x, 0, x));
    CHECK_OK(starfmm_evaluate(plan, 1, q, NULL, NULL));
    CHECK_OK(starfmm_evaluate_at(plan, 1, 4, x, p, NULL));
    const double pi4 = 4 * acos(-1.0);
    CHECKF(fabs(p[0] * pi4 - 2 / sqrt(3)) < 1e-6, "%g", p[0]);
    CHECKF(fabs(p[3] * pi4 - (2 + 2 / 1.5)) < 1e-6, "%g", p[3]);
    CHECK_OK(starfmm_plan_destroy(plan));
    starfmm_runtime_stop();
}

SFM_CASE(no_memory)
{
    starfmm_options o;
    problem s;
    CHECK_OK(starfmm_runtime_start(2));
    starfmm_options_init(&o);
    o.n_crit = 20;
    o.digits = 3;
    start(&s, &o, "plummer", 600, 0, 200, 1);
    evaluate(&s);
    double p[200], exact[200];
    starfmm_status status = STARFMM_ENOMEM;
    for (long n = 1; n < 1000 && status != STARFMM_OK; n++) {
        sfm_alloc_fail_after(n);
        status = starfmm_evaluate_at(s.plan, 1, s.n, s.x, p, NULL);
        sfm_alloc_fail_after(0);
        CHECKF(status == STARFMM_OK || status == STARFMM_ENOMEM, "allocation %ld: %d", n,
               (int)status);
        CHECK(status != STARFMM_OK || n > 10);
    }
    CHECK_OK(starfmm_direct(&o, s.n_src, s.src, s.n, s.x, 1, s.q, s.n, NULL, exact, NULL));
    double e = sfm_test_distance(s.n, p, exact);
    CHECKF(e < 1e-2, "%g", e);
    stop(&s);
    starfmm_runtime_stop();
}

SFM_MAIN()
