/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loops of kernels tried on bodies: sets of points, each stored in a frame of its own, with
 * charges of every component and outputs.  The exact sums are those of the long double
 * reference.  Header only, compiled per precision.
 */
#ifndef SFM_TEST_KERNEL_SUMS_H
#define SFM_TEST_KERNEL_SUMS_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "kernels/evaluate.h"

#define N_RHS 5
#define MAX_DIM STARFMM_MAX_COMPONENTS
#define CLOSE 0x1p-7         /* of segments, in single precision */
#define START ((real)0.25)   /* what outputs hold before ... */
#define GUARD ((real)-12345) /* ... and beyond their ends */

/* One combination of everything that a loop is made for. */
typedef struct trial {
    const sfm_kernel *kernel;
    double params[STARFMM_MAX_PARAMS];
    int source, target; /* kinds */
    sfm_isa isa;
    sfm_accuracy accuracy;
    size_t n_rhs;
} trial;

static uint64_t random_state = 1;

static inline double random_unit(void)
{
    return sfm_kernel_random(&random_state);
}

/* ---- trials -------------------------------------------------------------------------------- */

/* Parameters in the middle of what kernels take. */
static inline void set_params(trial *t)
{
    for (int i = 0; i < t->kernel->n_params; i++) {
        const starfmm_parameter *p = &t->kernel->param[i];
        t->params[i] = isfinite(p->max) ? p->min + 0.7 * (p->max - p->min) : p->min + 1.5;
    }
}

static inline int has_isa(sfm_isa isa)
{
    return sfm_isa_select(sfm_isa_name(isa), &isa) == STARFMM_OK;
}

/* The next kinds that the kernel has a loop for; 0 at the end. */
static inline int next_kinds(trial *t)
{
    do {
        if (++t->target < t->kernel->n_targets) continue;
        t->target = 0;
        if (++t->source == t->kernel->n_sources) return t->source = 0;
    } while (!SFM(evaluate_get)(t->kernel, SFM_ISA_PORTABLE, SFM_ACCURACY_FULL, t->source,
                                t->target));
    return 1;
}

/* The next instruction set, accuracy and number of right-hand sides; 0 at the end. */
static inline int next_loop(trial *t)
{
    static const size_t n_rhs[] = {1, 2, 3, 5};
    for (size_t i = 0; i + 1 < sizeof n_rhs / sizeof *n_rhs; i++)
        if (t->n_rhs == n_rhs[i]) {
            t->n_rhs = n_rhs[i + 1];
            return 1;
        }
    t->n_rhs = 1;
    t->accuracy = (sfm_accuracy)(t->accuracy + 1);
    if (t->accuracy < SFM_N_ACCURACY) return 1;
    t->accuracy = SFM_ACCURACY_LOW;
    do t->isa = (sfm_isa)(t->isa + 1);
    while (t->isa < SFM_N_ISA && !has_isa(t->isa));
    if (t->isa < SFM_N_ISA) return 1;
    t->isa = SFM_ISA_PORTABLE;
    return 0;
}

/* A place for the values of a trial: "laplace dipole to gradient, avx2, accuracy 1, n_rhs 3". */
static inline const char *describe(const trial *t)
{
    static char text[200];
    snprintf(text, sizeof text, "%s %s to %s, %s, accuracy %d, n_rhs %zu", t->kernel->name,
             t->kernel->source[t->source].name, t->kernel->target[t->target].name,
             sfm_isa_name(t->isa), (int)t->accuracy, t->n_rhs);
    return text;
}

/* ---- bodies -------------------------------------------------------------------------------- */

typedef struct body {
    size_t n, ld;
    long double (*position)[3]; /* in the common frame; stored less `shift` */
    double shift[3];
    real *x[3], *low[3];       /* low: what x lacks, in single precision */
    real *q, *out;             /* [MAX_DIM][N_RHS][ld] */
    long double *exact, *size; /* [MAX_DIM][N_RHS][n] sums, and sums of absolute terms */
} body;

static inline void *new_array(size_t n, size_t size)
{
    void *a = calloc(n + 1, size);
    if (a == NULL) abort();
    return a;
}

/* Random points in [-1, 1]^3; what lies beyond the ends of arrays is NaN. */
static inline body make_body(size_t n)
{
    body b = {.n = n, .ld = n + SFM_LANES + 3};
    b.position = new_array(n, sizeof *b.position);
    for (int d = 0; d < 3; d++) {
        b.shift[d] = random_unit();
        b.x[d] = new_array(b.ld, sizeof(real));
        b.low[d] = new_array(b.ld, sizeof(real));
        for (size_t i = 0; i < b.ld; i++) b.x[d][i] = (real)NAN;
        for (size_t i = 0; i < n; i++) b.position[i][d] = random_unit();
    }
    b.q = new_array(MAX_DIM * N_RHS * b.ld, sizeof(real));
    for (size_t i = 0; i < MAX_DIM * N_RHS * b.ld; i++)
        b.q[i] = i % b.ld < n ? (real)random_unit() : (real)NAN;
    b.out = new_array(MAX_DIM * N_RHS * b.ld, sizeof(real));
    b.exact = new_array(MAX_DIM * N_RHS * n, sizeof *b.exact);
    b.size = new_array(MAX_DIM * N_RHS * n, sizeof *b.size);
    return b;
}

static inline void free_body(body *b)
{
    for (int d = 0; d < 3; d++) {
        free(b->x[d]);
        free(b->low[d]);
    }
    free(b->position);
    free(b->q);
    free(b->out);
    free(b->exact);
    free(b->size);
}

/* Round positions to reals (with what these lack); they become what is represented. */
static inline void place_body(body *b)
{
    for (int d = 0; d < 3; d++)
        for (size_t i = 0; i < b->n; i++) {
            long double x = b->position[i][d] - b->shift[d];
            b->x[d][i] = (real)x;
            b->low[d][i] = (real)(x - b->x[d][i]);
            b->position[i][d] = (long double)b->x[d][i] + b->shift[d];
            if (SFM_PRECISION == 32) b->position[i][d] += b->low[d][i];
        }
}

static inline void reset_outputs(body *b, const trial *t)
{
    const size_t rows = (size_t)t->kernel->target[t->target].dim * N_RHS;
    for (size_t i = 0; i < MAX_DIM * N_RHS * b->ld; i++) {
        int is_output =
            i / b->ld < rows && i / b->ld % N_RHS < t->n_rhs && i % b->ld < b->n;
        b->out[i] = is_output ? START : GUARD;
    }
}

static inline SFM(segment) segment_of(const body *b)
{
    SFM(segment)
    s = {.x = b->x[0],
         .y = b->x[1],
         .z = b->x[2],
         .q = b->q,
         .n = b->n,
         .ldq = b->ld,
         .ldc = N_RHS * b->ld};
    for (int d = 0; d < 3; d++) {
        s.shift[d] = (real)b->shift[d];
        s.shift_low[d] = (real)(b->shift[d] - (double)s.shift[d]);
        if (SFM_PRECISION == 32) s.low[d] = b->low[d];
    }
    s.close = (real)(CLOSE * CLOSE);
    return s;
}

/* ---- sums ---------------------------------------------------------------------------------- */

/* One-sided: `to`, whose shift must be 0, from n bodies. */
static inline void run_one_sided(body *to, const body *from, size_t n, const trial *t)
{
    SFM(segment) *seg = new_array(n, sizeof *seg);
    for (size_t g = 0; g < n; g++) seg[g] = segment_of(&from[g]);
    SFM(evaluation)
    e = {.kernel = t->kernel,
         .params = t->params,
         .n_trg = to->n,
         .tx = to->x[0],
         .ty = to->x[1],
         .tz = to->x[2],
         .n_seg = n,
         .seg = seg,
         .n_rhs = t->n_rhs,
         .ldo = to->ld,
         .ldc = N_RHS * to->ld,
         .out = to->out};
    for (int d = 0; d < 3 && SFM_PRECISION == 32; d++) e.low[d] = to->low[d];
    reset_outputs(to, t);
    SFM(evaluate_get)(t->kernel, t->isa, t->accuracy, t->source, t->target)(&e);
    free(seg);
}

/* How the terms of a pair may err beyond the accuracy: coordinates by rounding, in about eps of
 * the distance (where a pair is close, of the low parts); exponents and phases. */
static inline long double magnification(const trial *t, long double r, int rounded)
{
    long double weight = 1;
    for (int i = 0; i < t->kernel->n_params; i++)
        if (t->kernel->param[i].power == 1) weight += t->params[i] * r;
    if (r == 0 || !rounded) return weight;
    return weight * (1 + (SFM_PRECISION == 32 && r < CLOSE ? 16 * SFM_REAL_EPS : 1) / r);
}

/* Relative to the largest entry of the same degree; a first derivative errs 3 times as much,
 * one of order k about 1 + 3 k times,
 * and tensors such as Stokes's have powers of 1 / r that their degree does not show. */
static inline long double term_size(const trial *t, const long double *k, int b, int a)
{
    const starfmm_kind *source = &t->kernel->source[t->source];
    const starfmm_kind *target = &t->kernel->target[t->target];
    long double most = 0;
    for (int i = 0; i < target->dim; i++)
        for (int j = 0; j < source->dim; j++)
            if (target->degree[i] == target->degree[b] &&
                source->degree[j] == source->degree[a])
                most = fmaxl(most, fabsl(k[i * source->dim + j]));
    int order = -target->degree[b] - source->degree[a];
    int is_tensor =
        t->kernel->source[0].dim > 1 && !(t->kernel->properties & STARFMM_COMPLEX);
    return most * (order < 2 ? 1 + 2 * order : 2 + 3 * order) * (is_tensor ? 3 : 1);
}

static inline void clear_reference(body *b)
{
    memset(b->exact, 0, MAX_DIM * N_RHS * b->n * sizeof *b->exact);
    memset(b->size, 0, MAX_DIM * N_RHS * b->n * sizeof *b->size);
}

static inline void add_reference(body *to, const body *from, const trial *t, int rounded)
{
    const int n_src = t->kernel->source[t->source].dim,
              n_trg = t->kernel->target[t->target].dim;
    long double k[MAX_DIM * MAX_DIM], size[MAX_DIM * MAX_DIM];
    for (size_t i = 0; i < to->n; i++)
        for (size_t j = 0; j < from->n; j++) {
            long double d[3], r2 = 0;
            for (int c = 0; c < 3; c++) {
                d[c] = to->position[i][c] - from->position[j][c];
                r2 += d[c] * d[c];
            }
            sfm_kernel_reference(t->kernel, t->source, t->target, d, t->params, k);
            long double weight = magnification(t, sqrtl(r2), rounded);
            for (int e = 0; e < n_src * n_trg; e++)
                size[e] = weight * term_size(t, k, e / n_src, e % n_src);
            for (int e = 0; e < n_src * n_trg; e++)
                for (size_t r = 0; r < N_RHS; r++) {
                    size_t at = ((size_t)(e / n_src) * N_RHS + r) * to->n + i;
                    long double q =
                        from->q[((size_t)(e % n_src) * N_RHS + r) * from->ld + j];
                    to->exact[at] += q * k[e];
                    to->size[at] += fabsl(q) * size[e];
                }
        }
}

/* Relative errors of one pair that the kit promises. */
static inline double tolerance_of(sfm_accuracy accuracy)
{
    if (accuracy == SFM_ACCURACY_LOW) return 1e-4;
    if (accuracy == SFM_ACCURACY_MID && SFM_PRECISION == 64) return 1.05e-7;
    return 4 * SFM_REAL_EPS;
}

/* The largest error over its bound of a body's outputs; Inf for a broken guard. */
static inline double worst_error(const body *b, const trial *t, size_t n_sources)
{
    const size_t rows = (size_t)t->kernel->target[t->target].dim * N_RHS;
    double worst = 0;
    for (size_t at = 0; at < MAX_DIM * N_RHS * b->ld; at++) {
        size_t row = at / b->ld, i = at % b->ld;
        if (row >= rows || row % N_RHS >= t->n_rhs || i >= b->n) {
            if (b->out[at] != GUARD) worst = INFINITY;
            continue;
        }
        long double size = b->size[row * b->n + i];
        long double bound =
            size * (tolerance_of(t->accuracy) + SFM_REAL_EPS * (double)n_sources) +
            4 * SFM_REAL_EPS * (size + START);
        double error =
            (double)(fabsl(b->out[at] - (START + b->exact[row * b->n + i])) / bound);
        if (!(error <= worst)) worst = error;
    }
    return worst;
}

#endif
