/* SPDX-License-Identifier: BSD-3-Clause */
/* The vector kernels against the long double references of the kernels. */
#include "tests/support/test.h"

#include <math.h>
#include <string.h>

#include "kernels/evaluate.h"

#define MAX_RHS 7
#define MAX_SEGMENTS 5
#define GUARD ((real)-12345)
#define START(k, r, i)                                                                     \
    ((real)((k) + 2 * (r) + (i) % 5)) /* what the outputs hold before                      \
                                       */

static const double kappa[STARFMM_MAX_PARAMS] = {1.5};

/* Relative errors of one pair that kernel.h promises.  The derivative has the third power
 * of the reciprocal root; Yukawa's exponential magnifies an error of r by kappa r. */
static double tolerance(sfm_accuracy accuracy)
{
    const double few = 4;
    if (accuracy == SFM_ACCURACY_LOW) return 1e-4;
    if (accuracy == SFM_ACCURACY_MID && SFM_PRECISION == 64) return 1.05e-7;
    return few * SFM_REAL_EPS;
}
#define GRADIENT_TOLERANCE 3

static uint64_t random_state;

static int random_int(int min, int max)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return min + (int)((random_state >> 33) % (uint64_t)(max - min + 1));
}

/* Multiples of 2^-6 in [-1, 1]: differences, shifts by multiples of 1/4 and squares are
 * exact in float, and coincidences are common. */
static real random_coordinate(void)
{
    return (real)random_int(-64, 64) / 64;
}

static size_t padded(size_t n)
{
    return (n + (size_t)SFM_LANES - 1) / (size_t)SFM_LANES * (size_t)SFM_LANES;
}

/* n reals and what may be read beyond them: NaN. */
static real *new_array(size_t n)
{
    real *a = malloc((padded(n) + 1) * sizeof *a);
    if (a == NULL) abort();
    for (size_t i = 0; i < padded(n) + 1; i++) a[i] = (real)NAN;
    return a;
}

static real *random_coordinates(size_t n)
{
    real *a = new_array(n);
    for (size_t i = 0; i < n; i++) a[i] = random_coordinate();
    return a;
}

/* Targets, segments, and for each sum its exact value and the sum of its absolute terms. */
typedef struct problem {
    size_t n_trg, n_seg, n_src, n_src_charged;
    real *x[3], *low[3]; /* low: NULL but in tests of close pairs */
    SFM(segment) seg[MAX_SEGMENTS];
    long double *exact[4], *size[4]; /* [MAX_RHS][n_trg] */
} problem;

static long double low_part(const real *low, size_t i)
{
    return low ? low[i] : 0;
}

/* Of a pair with low parts, in about eps of its distance: rounding of coordinates of size
 * 1, and where the pair is close, of their low parts. */
static long double coordinate_error(const SFM(segment) * s, long double r)
{
    if (!s->low[0] || r == 0) return 0;
    return (r * r > s->close ? 1 : 8 * SFM_REAL_EPS) / r;
}

static void add_pair(problem *p, const sfm_kernel *kernel, const double *params, size_t i,
                     const SFM(segment) * s, size_t j)
{
    const real *y[3] = {s->x, s->y, s->z};
    long double d[3];
    for (int k = 0; k < 3; k++)
        d[k] = (long double)p->x[k][i] - y[k][j] - s->shift[k] +
               (low_part(p->low[k], i) - low_part(s->low[k], j) - s->shift_low[k]);
    long double v[4], r = sqrtl(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
    v[0] = kernel->reference(d, params, &v[1]);
    long double slope = sqrtl(v[1] * v[1] + v[2] * v[2] + v[3] * v[3]);
    long double weight = kernel->id == STARFMM_YUKAWA ? 1 + params[0] * r : 1;
    weight *= 1 + coordinate_error(s, r);
    for (int k = 0; k < 4; k++)
        for (size_t rhs = 0; rhs < MAX_RHS; rhs++) {
            long double q = s->q[rhs * s->ldq + j];
            p->exact[k][rhs * p->n_trg + i] += v[k] * q;
            p->size[k][rhs * p->n_trg + i] +=
                weight * fabsl(q) * (k ? GRADIENT_TOLERANCE * slope : fabsl(v[0]));
        }
}

static void add_reference(problem *p, const sfm_kernel *kernel, const double *params)
{
    for (int k = 0; k < 4; k++) {
        p->exact[k] = calloc(MAX_RHS * p->n_trg + 1, sizeof *p->exact[k]);
        p->size[k] = calloc(MAX_RHS * p->n_trg + 1, sizeof *p->size[k]);
        if (p->exact[k] == NULL || p->size[k] == NULL) abort();
    }
    p->n_src = 0;
    for (size_t g = 0; g < p->n_seg; g++) {
        p->n_src += p->seg[g].n;
        for (size_t i = 0; i < p->n_trg; i++)
            for (size_t j = 0; j < p->seg[g].n; j++)
                add_pair(p, kernel, params, i, &p->seg[g], j);
    }
}

static SFM(segment) make_segment(size_t n, size_t pad)
{
    SFM(segment)
    s = {.x = random_coordinates(n),
         .y = random_coordinates(n),
         .z = random_coordinates(n),
         .n = n,
         .ldq = n + pad,
         .shift = {(real)random_int(-2, 2) / 4, (real)random_int(-2, 2) / 4,
                   (real)random_int(-2, 2) / 4}};
    real *q = new_array(MAX_RHS * s.ldq);
    for (size_t rhs = 0; rhs < MAX_RHS; rhs++)
        for (size_t j = 0; j < n; j++) q[rhs * s.ldq + j] = (real)random_int(-8, 8) / 4;
    s.q = q;
    return s;
}

static problem make_problem(size_t n_trg, size_t n_seg, const size_t *n_src)
{
    problem p = {.n_trg = n_trg, .n_seg = n_seg};
    for (int k = 0; k < 3; k++) p.x[k] = random_coordinates(n_trg);
    for (size_t g = 0; g < n_seg; g++) p.seg[g] = make_segment(n_src[g], g);
    return p;
}

static void free_reference(problem *p)
{
    for (int k = 0; k < 4; k++) {
        free(p->exact[k]);
        free(p->size[k]);
    }
}

static void free_problem(problem *p)
{
    for (int k = 0; k < 3; k++) {
        free(p->x[k]);
        free(p->low[k]);
    }
    for (size_t g = 0; g < p->n_seg; g++) {
        free((void *)p->seg[g].x);
        free((void *)p->seg[g].y);
        free((void *)p->seg[g].z);
        free((void *)p->seg[g].q);
        for (int k = 0; k < 3; k++) free((void *)p->seg[g].low[k]);
    }
}

typedef struct variant {
    starfmm_kernel kernel;
    sfm_isa isa;
    sfm_accuracy accuracy;
    int gradient;
    size_t n_rhs;
} variant;

static SFM(evaluation) make_evaluation(const problem *p, const double *params, size_t n_rhs,
                                       size_t ldo, real *out)
{
    SFM(evaluation)
    e = {.params = params,
         .n_trg = p->n_trg,
         .tx = p->x[0],
         .ty = p->x[1],
         .tz = p->x[2],
         .n_seg = p->n_seg,
         .seg = p->seg,
         .n_rhs = n_rhs,
         .ldo = ldo,
         .low = {p->low[0], p->low[1], p->low[2]}};
    for (size_t k = 0; k < 4; k++) e.out[k] = out + k * MAX_RHS * ldo;
    return e;
}

/* Whether element `at` of [4][MAX_RHS][ldo] outputs is one that a variant adds to. */
static int is_output(const problem *p, variant v, size_t ldo, size_t at)
{
    size_t k = at / ldo / MAX_RHS, r = at / ldo % MAX_RHS;
    return k < (v.gradient ? 4 : 1) && r < v.n_rhs && at % ldo < p->n_trg;
}

/* With a guard behind the last row too. */
static size_t n_outputs(size_t ldo)
{
    return 4 * MAX_RHS * ldo + 8 * (size_t)SFM_LANES;
}

/* The outputs of a variant: [4][MAX_RHS][ldo], started with START and guards. */
static real *run(const problem *p, const double *params, variant v, size_t ldo)
{
    real *out = malloc(n_outputs(ldo) * sizeof *out);
    if (out == NULL) abort();
    for (size_t at = 0; at < n_outputs(ldo); at++) {
        size_t k = at / ldo / MAX_RHS, r = at / ldo % MAX_RHS, i = at % ldo;
        out[at] = is_output(p, v, ldo, at) ? START(k, r, i) : GUARD;
    }
    SFM(evaluation) e = make_evaluation(p, params, v.n_rhs, ldo, out);
    SFM(evaluate_fn) f = SFM(evaluate_get)(v.kernel, v.isa, v.accuracy, v.gradient);
    if (f == NULL) abort();
    f(&e);
    return out;
}

/* The largest error over its bound of all outputs of a variant; Inf for a broken guard. */
static double worst_error(const problem *p, const double *params, variant v, size_t ldo)
{
    double worst = 0;
    real *out = run(p, params, v, ldo);
    for (size_t at = 0; at < n_outputs(ldo); at++) {
        size_t k = at / ldo / MAX_RHS, r = at / ldo % MAX_RHS, i = at % ldo;
        if (!is_output(p, v, ldo, at)) {
            if (out[at] != GUARD) worst = INFINITY;
            continue;
        }
        long double exact = START(k, r, i) + p->exact[k][r * p->n_trg + i];
        long double size = p->size[k][r * p->n_trg + i];
        long double bound =
            size * (tolerance(v.accuracy) + SFM_REAL_EPS * (double)p->n_src) +
            2 * SFM_REAL_EPS * (size + START(k, r, i));
        double error =
            bound > 0 ? (double)(fabsl(out[at] - exact) / bound) : out[at] != exact;
        if (!(error <= worst)) worst = error;
    }
    free(out);
    return worst;
}

static int has_isa(int i)
{
    sfm_isa isa;
    return sfm_isa_select(sfm_isa_name((sfm_isa)i), &isa) == STARFMM_OK;
}

/* Next instruction set, accuracy and gradient; 0 at the end.  Start with {kernel}. */
static int next_variant(variant *v)
{
    if ((v->gradient = !v->gradient)) return 1;
    if ((v->accuracy = (sfm_accuracy)(v->accuracy + 1)) < SFM_N_ACCURACY) return 1;
    v->accuracy = SFM_ACCURACY_LOW;
    do v->isa = (sfm_isa)(v->isa + 1);
    while (v->isa < SFM_N_ISA && !has_isa((int)v->isa));
    return v->isa < SFM_N_ISA;
}

static void check_variants(const problem *p, starfmm_kernel kernel, const double *params)
{
    static const size_t n_rhs[] = {1, 2, 3, 4, 5, 7};
    variant v = {.kernel = kernel};
    do
        for (size_t r = 0; r < sizeof n_rhs / sizeof *n_rhs; r++) {
            v.n_rhs = n_rhs[r];
            double error = worst_error(p, params, v, p->n_trg + r + (p->n_trg == 0));
            CHECKF(error <= 1,
                   "%s %s accuracy %d gradient %d n_rhs %zu n_trg %zu n_seg %zu: %g bounds",
                   sfm_kernel_get(kernel)->name, sfm_isa_name(v.isa), (int)v.accuracy,
                   v.gradient, v.n_rhs, p->n_trg, p->n_seg, error);
        }
    while (next_variant(&v));
}

static void check_problem(problem *p)
{
    for (int kernel = STARFMM_LAPLACE; kernel <= STARFMM_COUNT; kernel++) {
        add_reference(p, sfm_kernel_get((starfmm_kernel)kernel), kappa);
        check_variants(p, (starfmm_kernel)kernel, kappa);
        free_reference(p);
    }
}

/* Every remainder of targets in a block, and several blocks. */
SFM_CASE(any_number_of_targets)
{
    static const size_t n_src[] = {3, 5};
    random_state = 1;
    for (size_t n_trg = 0; n_trg <= 9 * (size_t)SFM_LANES; n_trg += n_trg < 70 ? 1 : 5) {
        problem p = make_problem(n_trg, 2, n_src);
        check_problem(&p);
        free_problem(&p);
    }
}

SFM_CASE(any_segments)
{
    static const size_t n_src[][MAX_SEGMENTS] = {
        {0},          {1},          {2, 0}, {0, 0, 7}, {33, 1, 0, 9}, {1, 1, 1, 1, 1},
        {0, 0, 0, 0}, {64, 100, 27}};
    static const size_t n_seg[] = {0, 1, 2, 3, 4, 5, 4, 3};
    random_state = 2;
    for (size_t c = 0; c < sizeof n_seg / sizeof *n_seg; c++) {
        problem p = make_problem(30, n_seg[c], n_src[c]);
        check_problem(&p);
        free_problem(&p);
    }
}

/* A leaf against itself, first with the same shift and order (which the loop foresees),
 * then with a shift and reversed (which it does not). */
SFM_CASE(leaf_against_itself)
{
    static const size_t n_src[] = {45, 45, 20};
    random_state = 3;
    problem p = make_problem(45, 3, n_src);
    for (size_t i = 0; i < 45; i++)
        for (size_t k = 0; k < 3; k++) {
            real *same[3] = {(real *)p.seg[0].x, (real *)p.seg[0].y, (real *)p.seg[0].z};
            real *back[3] = {(real *)p.seg[1].x, (real *)p.seg[1].y, (real *)p.seg[1].z};
            same[k][i] = p.x[k][i];
            back[k][44 - i] = p.x[k][i] - (real)0.25;
            p.seg[0].shift[k] = 0;
            p.seg[1].shift[k] = (real)0.25;
        }
    check_problem(&p);
    free_problem(&p);
}

/* All targets and sources in one point: nothing is added, to the last bit. */
SFM_CASE(coincident_points_add_nothing)
{
    static const size_t n_src[] = {9};
    random_state = 4;
    problem p = make_problem(2 * SFM_LANES + 3, 1, n_src);
    real *at[3] = {(real *)p.seg[0].x, (real *)p.seg[0].y, (real *)p.seg[0].z};
    for (size_t k = 0; k < 3; k++) {
        p.seg[0].shift[k] = 0;
        for (size_t i = 0; i < p.n_trg; i++) p.x[k][i] = (real)0.1;
        for (size_t j = 0; j < n_src[0]; j++) at[k][j] = (real)0.1;
    }
    for (int kernel = STARFMM_LAPLACE; kernel <= STARFMM_YUKAWA; kernel++) {
        variant v = {.kernel = (starfmm_kernel)kernel, .n_rhs = MAX_RHS};
        do {
            real *out = run(&p, kappa, v, p.n_trg);
            for (size_t at0 = 0; at0 < 4 * MAX_RHS * p.n_trg; at0++) {
                size_t k = at0 / p.n_trg / MAX_RHS, r = at0 / p.n_trg % MAX_RHS;
                real start = k == 0 || v.gradient ? START(k, r, at0 % p.n_trg) : GUARD;
                CHECK(out[at0] == start);
            }
            free(out);
        } while (next_variant(&v));
    }
    free_problem(&p);
}

/* One source, charge 1, and targets of many distances in random directions: the error of
 * one pair.  With log10(r) in [low, high]. */
static problem make_pairs(size_t n_trg, double low, double high)
{
    static const size_t n_src[] = {1};
    problem p = make_problem(n_trg, 1, n_src);
    real *origin[3] = {(real *)p.seg[0].x, (real *)p.seg[0].y, (real *)p.seg[0].z};
    for (size_t k = 0; k < 3; k++) origin[k][0] = p.seg[0].shift[k] = 0;
    for (size_t r = 0; r < MAX_RHS; r++) ((real *)p.seg[0].q)[r * p.seg[0].ldq] = 1;
    for (size_t i = 0; i < n_trg; i++) {
        double length = pow(10, low + (high - low) * (double)i / (double)n_trg);
        for (size_t k = 0; k < 3; k++)
            p.x[k][i] = (real)(length * random_int(-1000000, 1000000) / 1e6);
    }
    return p;
}

/* The largest relative error of a pair, without the START that would hide it. */
static double pair_error(const problem *p, const double *params, variant v)
{
    double worst = 0;
    real *out = calloc(4 * MAX_RHS * (p->n_trg + 1), sizeof *out);
    if (out == NULL) abort();
    SFM(evaluation) e = make_evaluation(p, params, v.n_rhs, p->n_trg, out);
    SFM(evaluate_get)(v.kernel, v.isa, v.accuracy, v.gradient)(&e);
    for (size_t k = 0; k < (v.gradient ? 4u : 1u); k++)
        for (size_t i = 0; i < v.n_rhs * p->n_trg; i++) {
            long double difference = e.out[k][i] - p->exact[k][i];
            double error = (double)(fabsl(difference) / p->size[k][i]);
            if (!(error <= worst)) worst = error;
        }
    free(out);
    return worst;
}

static void check_pairs(double low, double high, double kappa0)
{
    const double params[STARFMM_MAX_PARAMS] = {kappa0};
    random_state = 5;
    problem p = make_pairs(20000, low, high);
    for (int kernel = STARFMM_LAPLACE; kernel <= STARFMM_YUKAWA; kernel++) {
        add_reference(&p, sfm_kernel_get((starfmm_kernel)kernel), params);
        for (variant v = {.kernel = (starfmm_kernel)kernel, .n_rhs = 5}; 1;) {
            double error = pair_error(&p, params, v);
            CHECKF(error <= tolerance(v.accuracy),
                   "%s %s accuracy %d gradient %d: error %g",
                   sfm_kernel_get(v.kernel)->name, sfm_isa_name(v.isa), (int)v.accuracy,
                   v.gradient, error);
            if (!next_variant(&v)) break;
        }
        free_reference(&p);
    }
    free_problem(&p);
}

SFM_CASE(error_of_a_pair)
{
    check_pairs(-5, 0.5, 1.5);
}

SFM_CASE(error_of_a_strongly_screened_pair)
{
    check_pairs(-3, 0.5, 15);
}

/* Beyond the range of float seeds, and where r^-3 overflows but potential and gradient do
 * not. */
SFM_CASE(error_of_a_very_close_pair)
{
    if (SFM_PRECISION == 64)
        check_pairs(-146, -5, 1.5);
    else
        check_pairs(-16, -5, 1.5);
}

/* ---- close pairs, in single precision with low parts -----------------------------------
 */

#define CLOSE 0x1p-7 /* of the leaf's half side, 1 */

/* A random coordinate of all 24 bits. */
static double fine_coordinate(void)
{
    return random_int(-8000000, 8000000) / 8e6 + random_int(-1000, 1000) * 1e-11;
}

static void split(double exact, real *high, real *low)
{
    *high = (real)exact;
    *low = (real)(exact - (double)*high);
}

/* The segment's point j, in the frame of the targets at `x` (its shift is not a float). */
static void put_source(SFM(segment) * s, size_t j, const double x[3], const double shift[3])
{
    const real *high[3] = {s->x, s->y, s->z};
    for (int k = 0; k < 3; k++)
        split(x[k] - shift[k], (real *)high[k] + j, (real *)s->low[k] + j);
}

/* n targets; each segment has n sources, of which a part is 1e-9 to 1e-3 from the target of
 * some index (its own in the first, a leaf against itself; reversed in the others), and
 * with `coincident` every 4th is the same point as far as doubles can tell. */
static problem make_close(size_t n, double closest, int coincident)
{
    static const double shift[3][3] = {{0}, {2 / 3.0, -0.1, 0.3}, {-1 / 3.0, 1 / 7.0, 1.1}};
    const size_t n_src[] = {n, n, n};
    problem p = make_problem(n, 3, n_src);
    for (int k = 0; k < 3; k++) {
        p.low[k] = new_array(n);
        for (int g = 0; g < 3; g++) {
            SFM(segment) *s = &p.seg[g];
            s->low[k] = new_array(n);
            split(shift[g][k], &s->shift[k], &s->shift_low[k]);
            s->close = (real)(CLOSE * CLOSE);
        }
    }
    for (size_t i = 0; i < n; i++) {
        double x[3], y[3], r = closest * pow(10, 6.0 * (double)i / (double)n);
        for (int k = 0; k < 3; k++) {
            x[k] = fine_coordinate();
            split(x[k], &p.x[k][i], &p.low[k][i]);
        }
        for (int g = 0; g < 3; g++) {
            int same = coincident && i % 4 == 0 && g == 0;
            for (int k = 0; k < 3; k++)
                y[k] = x[k] + (same ? 0 : r * random_int(-1000, 1000) / 1e3);
            put_source(&p.seg[g], g == 0 ? i : n - 1 - i, y, shift[g]);
        }
    }
    return p;
}

/* Pairs far below the rounding of float coordinates, alone (each sum is one pair and some
 * far ones) and in segments whose shift is none of float. */
SFM_CASE(close_pairs)
{
    random_state = 9;
    for (size_t n = 1; SFM_PRECISION == 32 && n < 150; n += n < 20 ? 3 : 37) {
        problem p = make_close(n, 1e-9, 1);
        check_problem(&p);
        free_problem(&p);
    }
}

/* One source and one target whose floats are equal: their distance is in the low parts. */
SFM_CASE(distance_in_low_parts)
{
    static const size_t n_src[] = {1};
    const real close = (real)(CLOSE * CLOSE);
    for (int i = 0; SFM_PRECISION == 32 && i < 2; i++) {
        random_state = 10;
        problem p = make_problem(1, 1, n_src);
        const double origin[3] = {0.3, 0.2, -0.7}, none[3] = {0};
        for (int k = 0; k < 3; k++) {
            p.low[k] = new_array(1);
            p.seg[0].low[k] = new_array(1);
            p.seg[0].shift[k] = 0;
            split(origin[k] + i * 1e-9 * (k + 1), &p.x[k][0], &p.low[k][0]);
        }
        put_source(&p.seg[0], 0, origin, none);
        CHECK(p.x[2][0] == p.seg[0].z[0]);
        p.seg[0].close = close;
        for (size_t r = 0; r < MAX_RHS; r++) ((real *)p.seg[0].q)[r * p.seg[0].ldq] = 1;
        for (variant v = {.kernel = STARFMM_LAPLACE, .n_rhs = 5}; 1;) {
            real *out = run(&p, kappa, v, 1);
            double exact = 1e9 / sqrt(14), value = out[0] - START(0, 0, 0);
            CHECKF(i ? fabs(value / exact - 1) < 1e-3 : value == 0, "%s: %.9g, exact %.9g",
                   sfm_isa_name(v.isa), value, i ? exact : 0);
            free(out);
            if (!next_variant(&v)) break;
        }
        free_problem(&p);
    }
}

/* Distances whose square is subnormal or 0: nothing but finite potentials. */
SFM_CASE(subnormal_distances)
{
    for (int kernel = STARFMM_LAPLACE; kernel <= STARFMM_YUKAWA; kernel++) {
        random_state = 6;
        problem p =
            SFM_PRECISION == 64 ? make_pairs(500, -170, -150) : make_pairs(500, -30, -17);
        variant v = {.kernel = (starfmm_kernel)kernel, .n_rhs = 5};
        do {
            v.gradient = 0;
            real *out = run(&p, kappa, v, p.n_trg);
            for (size_t i = 0; i < v.n_rhs * p.n_trg; i++)
                CHECKF(isfinite(out[i]), "out[%zu] = %g", i, (double)out[i]);
            free(out);
            v.gradient = 1;
        } while (next_variant(&v));
        free_problem(&p);
    }
}

/* kappa r far beyond the range of the exponential: 0, not NaN. */
SFM_CASE(screened_to_nothing)
{
    const double huge[] = {1e5, 1e30, 1e300};
    random_state = 7;
    problem p = make_pairs(100, -1, 0);
    for (int i = 0; i < (SFM_PRECISION == 64 ? 3 : 2); i++) {
        const double params[STARFMM_MAX_PARAMS] = {huge[i]};
        variant v = {.kernel = STARFMM_YUKAWA, .n_rhs = 1};
        do {
            real *out = run(&p, params, v, p.n_trg);
            for (size_t k = 0; k < (v.gradient ? 4u : 1u); k++)
                for (size_t t = 0; t < p.n_trg; t++)
                    CHECK(out[k * MAX_RHS * p.n_trg + t] == START(k, 0, t));
            free(out);
        } while (next_variant(&v));
    }
    free_problem(&p);
}

/* Yukawa with kappa = 0 is Laplace: the same numbers but for the bare seed of Laplace. */
SFM_CASE(yukawa_without_screening_is_laplace)
{
    static const size_t n_src[] = {30, 17};
    const double zero[STARFMM_MAX_PARAMS] = {0};
    random_state = 8;
    problem p = make_problem(50, 2, n_src);
    variant v = {.kernel = STARFMM_LAPLACE, .n_rhs = 5};
    do {
        if (v.accuracy == SFM_ACCURACY_LOW) continue;
        variant w = v;
        w.kernel = STARFMM_YUKAWA;
        real *laplace = run(&p, zero, v, 50), *yukawa = run(&p, zero, w, 50);
        CHECK(memcmp(laplace, yukawa, 4 * MAX_RHS * 50 * sizeof(real)) == 0);
        free(laplace);
        free(yukawa);
    } while (next_variant(&v));
    free_problem(&p);
}

SFM_CASE(table_honours_build_and_range)
{
    for (int kernel = STARFMM_LAPLACE; kernel <= STARFMM_COUNT; kernel++)
        for (int i = 0; i < SFM_N_ISA; i++)
            if (has_isa(i))
                CHECK(SFM(evaluate_get)((starfmm_kernel)kernel, (sfm_isa)i,
                                        SFM_ACCURACY_MID, 1) != NULL);
    CHECK(SFM(evaluate_get)((starfmm_kernel)3, SFM_ISA_PORTABLE, SFM_ACCURACY_LOW, 0) ==
          NULL);
    CHECK(SFM(evaluate_get)(STARFMM_LAPLACE, (sfm_isa)SFM_N_ISA, SFM_ACCURACY_LOW, 0) ==
          NULL);
    CHECK(SFM(evaluate_get)(STARFMM_LAPLACE, SFM_ISA_PORTABLE, (sfm_accuracy)SFM_N_ACCURACY,
                            0) == NULL);
}

SFM_MAIN()
