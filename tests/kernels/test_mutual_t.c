/* SPDX-License-Identifier: BSD-3-Clause */
/* Mutual sums against the long double references of the kernels, both directions. */
#include "tests/support/test.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "kernels/mutual.h"

#define N_RHS 7
#define CLOSE 0x1p-7
#define START ((real)0.5) /* what the outputs hold before */
#define GUARD ((real)-12345)

static uint64_t random_state;

static double random_unit(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (double)(random_state >> 11) * 0x1p-53;
}

/* Some points, at `position` in one frame, as a segment with `shift`; the outputs. */
typedef struct body {
    size_t n, ld;
    double (*position)[3], shift[3];
    real *x[3], *low[3], *q, *out[4];
    long double *exact, *size; /* [4][N_RHS][n] */
} body;

static void *new_array(size_t n, size_t size)
{
    void *a = calloc(n + 1, size);
    if (a == NULL) abort();
    return a;
}

static body make_body(size_t n)
{
    body b = {.n = n, .ld = n + SFM_LANES + 3};
    b.position = new_array(n, sizeof *b.position);
    for (int d = 0; d < 3; d++) {
        b.shift[d] = 2 * random_unit() - 1;
        b.x[d] = new_array(b.ld, sizeof(real));
        b.low[d] = new_array(b.ld, sizeof(real));
        for (size_t i = 0; i < b.ld; i++) b.x[d][i] = (real)NAN;
        for (size_t i = 0; i < n; i++) b.position[i][d] = 2 * random_unit() - 1;
    }
    b.q = new_array(N_RHS * b.ld, sizeof(real));
    for (size_t i = 0; i < N_RHS * b.ld; i++)
        b.q[i] = i % b.ld < n ? (real)(2 * random_unit() - 1) : (real)NAN;
    for (int k = 0; k < 4; k++) b.out[k] = new_array(N_RHS * b.ld, sizeof(real));
    b.exact = new_array(4 * N_RHS * n, sizeof *b.exact);
    b.size = new_array(4 * N_RHS * n, sizeof *b.size);
    return b;
}

static void free_body(body *b)
{
    for (int d = 0; d < 3; d++) {
        free(b->x[d]);
        free(b->low[d]);
    }
    for (int k = 0; k < 4; k++) free(b->out[k]);
    free(b->position);
    free(b->q);
    free(b->exact);
    free(b->size);
}

/* Coordinates as reals (with what these lack); positions become what is represented. */
static void place(body *b)
{
    for (int d = 0; d < 3; d++)
        for (size_t i = 0; i < b->n; i++) {
            double x = b->position[i][d] - b->shift[d];
            b->x[d][i] = (real)x;
            b->low[d][i] = (real)(x - (double)b->x[d][i]);
            if (SFM_PRECISION == 64) b->position[i][d] = b->x[d][i] + b->shift[d];
        }
}

static void reset(body *b)
{
    for (int k = 0; k < 4; k++)
        for (size_t i = 0; i < N_RHS * b->ld; i++)
            b->out[k][i] = i % b->ld < b->n ? START : GUARD;
}

/* Of a pair, in about eps of its distance: rounding of coordinates of size 1, and where
 * the pair is close, of their low parts. */
static long double coordinate_error(long double r)
{
    if (r == 0) return 0;
    return (SFM_PRECISION == 32 && r < CLOSE ? 8 * SFM_REAL_EPS : 1) / r;
}

static void add_reference(body *to, const body *from, const sfm_kernel *kernel,
                          const double *params)
{
    for (size_t i = 0; i < to->n; i++)
        for (size_t j = 0; j < from->n; j++) {
            long double d[3], v[4], r2 = 0;
            for (int k = 0; k < 3; k++) {
                d[k] = (long double)to->position[i][k] - from->position[j][k];
                r2 += d[k] * d[k];
            }
            v[0] = kernel->reference(d, params, &v[1]);
            long double slope = sqrtl(v[1] * v[1] + v[2] * v[2] + v[3] * v[3]);
            /* Yukawa's exponential magnifies an error of r by kappa r. */
            long double weight =
                kernel->id == STARFMM_YUKAWA ? 1 + params[0] * sqrtl(r2) : 1;
            weight *= 1 + coordinate_error(sqrtl(r2));
            for (size_t k = 0; k < 4; k++)
                for (size_t r = 0; r < N_RHS; r++) {
                    size_t at = (k * N_RHS + r) * to->n + i;
                    long double q = from->q[r * from->ld + j];
                    to->exact[at] += q * v[k];
                    to->size[at] += weight * fabsl(q) * (k ? 3 * slope : fabsl(v[0]));
                }
        }
}

typedef struct problem {
    body a, *b;
    size_t n_b;
} problem;

static problem make_problem(size_t n_a, size_t n_b, const size_t *n)
{
    problem p = {make_body(n_a), new_array(n_b, sizeof(body)), n_b};
    for (size_t g = 0; g < n_b; g++) p.b[g] = make_body(n[g]);
    for (int d = 0; d < 3; d++) p.a.shift[d] = 0;
    return p;
}

static void free_problem(problem *p)
{
    free_body(&p->a);
    for (size_t g = 0; g < p->n_b; g++) free_body(&p->b[g]);
    free(p->b);
}

static SFM(segment) segment_of(const body *b)
{
    SFM(segment)
    s = {.x = b->x[0], .y = b->x[1], .z = b->x[2], .q = b->q, .n = b->n, .ldq = b->ld};
    for (int d = 0; d < 3; d++) {
        s.shift[d] = (real)b->shift[d];
        s.shift_low[d] = (real)(b->shift[d] - (double)s.shift[d]);
        if (SFM_PRECISION == 32) s.low[d] = b->low[d];
    }
    s.close = (real)(CLOSE * CLOSE);
    return s;
}

static SFM(sums) sums_of(const body *b)
{
    return (SFM(sums)){{b->out[0], b->out[1], b->out[2], b->out[3]}, b->ld};
}

static void run(problem *p, SFM(mutual_fn) f, const double *params, size_t n_rhs)
{
    SFM(segment) *seg = new_array(p->n_b, sizeof *seg);
    SFM(sums) *out = new_array(p->n_b, sizeof *out);
    real *scratch = sfm_alloc(SFM_MUTUAL_REALS, sizeof *scratch);
    reset(&p->a);
    for (size_t g = 0; g < p->n_b; g++) {
        reset(&p->b[g]);
        seg[g] = segment_of(&p->b[g]);
        out[g] = sums_of(&p->b[g]);
    }
    SFM(mutual)
    m = {.params = params,
         .n_rhs = n_rhs,
         .a = segment_of(&p->a),
         .a_out = sums_of(&p->a),
         .n_seg = p->n_b,
         .seg = seg,
         .out = out,
         .scratch = scratch};
    f(&m);
    sfm_free(scratch);
    free(seg);
    free(out);
}

/* The largest error over its bound of a body's outputs; Inf for a broken guard. */
static double worst_error(const body *b, double tolerance, int gradient, size_t n_rhs,
                          size_t n_sources)
{
    double worst = 0;
    for (size_t k = 0; k < 4; k++)
        for (size_t at = 0; at < N_RHS * b->ld; at++) {
            size_t r = at / b->ld, i = at % b->ld;
            if (i >= b->n || r >= n_rhs || (k > 0 && !gradient)) {
                if (b->out[k][at] != (i < b->n ? START : GUARD)) worst = INFINITY;
                continue;
            }
            long double size = b->size[(k * N_RHS + r) * b->n + i];
            long double bound = size * (tolerance + SFM_REAL_EPS * (double)n_sources) +
                                4 * SFM_REAL_EPS * (size + START);
            long double exact = START + b->exact[(k * N_RHS + r) * b->n + i];
            double error = (double)(fabsl(b->out[k][at] - exact) / bound);
            if (!(error <= worst)) worst = error;
        }
    return worst;
}

static double tolerance_of(sfm_accuracy accuracy)
{
    if (accuracy == SFM_ACCURACY_LOW) return 1e-4;
    if (accuracy == SFM_ACCURACY_MID && SFM_PRECISION == 64) return 1.05e-7;
    return 4 * SFM_REAL_EPS;
}

static void check_variant(problem *p, const sfm_kernel *kernel, const double *params,
                          sfm_isa isa, int variant)
{
    sfm_accuracy accuracy = (sfm_accuracy)(variant / 2);
    int gradient = variant % 2;
    SFM(mutual_fn) f = SFM(mutual_get)(kernel->id, isa, accuracy, gradient);
    CHECK(f != NULL);
    for (size_t n_rhs = 1; f && n_rhs <= N_RHS; n_rhs++) {
        size_t n_sources = p->a.n;
        for (size_t g = 0; g < p->n_b; g++) n_sources += p->b[g].n;
        run(p, f, params, n_rhs);
        int derivative = gradient && kernel->id != STARFMM_COUNT;
        double tolerance = tolerance_of(accuracy);
        double worst = worst_error(&p->a, tolerance, derivative, n_rhs, n_sources);
        for (size_t g = 0; g < p->n_b; g++)
            worst =
                fmax(worst, worst_error(&p->b[g], tolerance, derivative, n_rhs, n_sources));
        CHECKF(worst <= 1, "%s %s accuracy %d gradient %d n_rhs %zu a %zu segments %zu: %g",
               kernel->name, sfm_isa_name(isa), (int)accuracy, gradient, n_rhs, p->a.n,
               p->n_b, worst);
    }
}

static void clear_reference(body *b)
{
    memset(b->exact, 0, 4 * N_RHS * b->n * sizeof *b->exact);
    memset(b->size, 0, 4 * N_RHS * b->n * sizeof *b->size);
}

static void check_problem(problem *p)
{
    static const double params[STARFMM_MAX_PARAMS] = {1.5};
    place(&p->a);
    for (size_t g = 0; g < p->n_b; g++) place(&p->b[g]);
    for (int id = STARFMM_LAPLACE; id <= STARFMM_COUNT; id++) {
        const sfm_kernel *kernel = sfm_kernel_get((starfmm_kernel)id);
        clear_reference(&p->a);
        for (size_t g = 0; g < p->n_b; g++) {
            clear_reference(&p->b[g]);
            add_reference(&p->b[g], &p->a, kernel, params);
            add_reference(&p->a, &p->b[g], kernel, params);
        }
        for (int i = 0; i < SFM_N_ISA; i++) {
            sfm_isa isa;
            if (sfm_isa_select(sfm_isa_name((sfm_isa)i), &isa) != STARFMM_OK) continue;
            for (int v = 0; v < 2 * SFM_N_ACCURACY; v++)
                check_variant(p, kernel, params, isa, v);
        }
    }
}

/* Every remainder of a register; more points of a than have sums at a time. */
SFM_CASE(any_number_of_points)
{
    random_state = 1;
    for (size_t n = 0; n < 40; n += n < 18 ? 1 : 7) {
        const size_t sizes[] = {n, 3, 20 - n % 20};
        problem p = make_problem(n == 7 ? 300 : n + 1, 3, sizes);
        check_problem(&p);
        free_problem(&p);
    }
}

/* Segments that fill the packed arrays, straddle their end, or are empty. */
SFM_CASE(any_segments)
{
    static const size_t sizes[][6] = {{SFM_MUTUAL_PACK},
                                      {SFM_MUTUAL_PACK - 1, 2},
                                      {0, 500, 0, 13, 1100, 0},
                                      {1, 1, 1, 1, 1, 1}};
    static const size_t n[] = {1, 2, 6, 6, 0};
    random_state = 2;
    for (int c = 0; c < 5; c++) {
        problem p = make_problem(11, n[c], sizes[c % 4]);
        check_problem(&p);
        free_problem(&p);
    }
}

/* Points of a segment at, or very near to, points of a: summed with care, 0 at r = 0. */
static void check_close(double distance)
{
    static const size_t sizes[] = {9, 61};
    problem p = make_problem(40, 2, sizes);
    for (size_t i = 0; i < 40; i += 7)
        for (int d = 0; d < 3; d++) {
            p.a.position[i][d] = p.b[1].shift[d] = d == 1 ? 0.3 : -0.7;
            p.b[1].position[60 - i][d] = p.a.position[i][d];
        }
    for (size_t i = 0; i < 40; i += 7)
        p.b[1].position[60 - i][i % 3] += distance * random_unit();
    check_problem(&p);
    free_problem(&p);
}

SFM_CASE(coincident_points)
{
    random_state = 3;
    check_close(0);
}

/* 1e-25: the squares are beyond float seeds; in single precision the positions coincide. */
SFM_CASE(close_points)
{
    random_state = 4;
    check_close(1e-3);
    check_close(1e-6);
    if (SFM_PRECISION == 64) check_close(1e-12);
}

SFM_CASE(table_honours_range)
{
    CHECK(SFM(mutual_get)((starfmm_kernel)3, SFM_ISA_PORTABLE, SFM_ACCURACY_LOW, 0) ==
          NULL);
    CHECK(SFM(mutual_get)(STARFMM_LAPLACE, (sfm_isa)SFM_N_ISA, SFM_ACCURACY_LOW, 0) ==
          NULL);
    CHECK(SFM(mutual_get)(STARFMM_LAPLACE, SFM_ISA_PORTABLE, (sfm_accuracy)SFM_N_ACCURACY,
                          1) == NULL);
}

SFM_MAIN()
