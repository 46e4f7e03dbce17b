/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How exact a set is between a box and its nearest in a V list, of half side 1:
 *
 *   K(x, DE) dc2e  K(DC, UE)  uc2e K(UC, y) q     against     K(x, y) q
 *
 * by full-precision loops, of the kinds of sources and targets that are asked for.  Each source
 * is a right-hand side of its own.
 */
#include <math.h>
#include <string.h>

#include "base/blas.h"
#include "base/memory.h"
#include "operators/level.h"
#include "precompute/operator_set.h"

#define N_POINTS 24 /* sources, and targets: those in corners, and random ones */
#define N_CORNERS 8
#define DISTANCE 4 /* of the centres, along x */
/* Of a typical potential within a box, beside which those of far boxes are seen: of its square, as
 * one box is to the nearest of a V list; and what is not missed in the strict grade. */
#define SHARE (1.0 / 26)
#define NEGLIGIBLE 1e-3

typedef struct points {
    size_t n, ld;
    real *x; /* [3][ld] */
} points;

typedef struct workspace {
    const sfm_operator_set_key *key;
    points inner, outer, sources, targets;
    real *charge, *check, *mid, *found; /* [source][component][point] */
    real *exact, *near;
    real *memory;
} workspace;

/* out = K q of sources at y, `distance` off along -x, for targets at x. */
static void sum(const workspace *w, int source, int target, const points *x,
                double distance, const points *y, const real *q, real *out)
{
    const sfm_kernel *k = sfm_kernel_get(w->key->matrices.kernel);
    const size_t n_trg = (size_t)k->target[target].dim * x->n;
    const size_t n_src = (size_t)k->source[source].dim * y->n, ly = y->ld, lx = x->ld;
    SFM(segment) seg = {.x = y->x, .y = y->x + ly, .z = y->x + 2 * ly, .q = q, .n = y->n};
    SFM(evaluation) e = {.kernel = k, .params = w->key->matrices.params, .n_trg = x->n};
    seg.ldq = n_src, seg.ldc = y->n, seg.shift[0] = (real)-distance;
    e.tx = x->x, e.ty = x->x + lx, e.tz = x->x + 2 * lx, e.n_seg = 1, e.seg = &seg;
    e.n_rhs = N_POINTS, e.ldo = n_trg, e.ldc = x->n, e.out = out;
    memset(out, 0, N_POINTS * n_trg * sizeof *out);
    SFM(evaluate_get)(k, w->key->isa, SFM_ACCURACY_FULL, source, target)(&e);
}

static starfmm_status create(workspace *w, const sfm_operator_set_key *key)
{
    const sfm_operators_key *m = &key->matrices;
    const size_t n_e = (size_t)sfm_surface_count(m->order);
    const size_t n_c = (size_t)sfm_surface_count(m->check_order);
    const size_t n[4] = {n_e, n_c, N_POINTS, N_POINTS};
    points *set[4] = {&w->inner, &w->outer, &w->sources, &w->targets};
    const size_t ld = sfm_particle_ld(n_c + N_POINTS);
    const size_t array = N_POINTS * STARFMM_MAX_COMPONENTS * ld;
    double unit[3 * 6 * SFM_MAX_CHECK_ORDER * SFM_MAX_CHECK_ORDER];
    w->key = key;
    real *at = w->memory =
        sfm_calloc(12 * sfm_particle_ld(n_c + N_POINTS) + 6 * array, sizeof(real));
    if (!at) return sfm_fail(STARFMM_ENOMEM, "no memory to measure operators");
    for (int i = 0; i < 4; at += 3 * set[i++]->ld) {
        *set[i] = (points){n[i], sfm_particle_ld(n[i]), at};
        if (i < 2)
            sfm_surface_points(i ? m->check_order : m->order, i ? m->outer : m->inner, unit,
                               unit + n[i], unit + 2 * n[i], NULL);
        for (size_t j = 0; i < 2 && j < 3 * n[i]; j++)
            at[j / n[i] * set[i]->ld + j % n[i]] = (real)unit[j];
    }
    real **arrays[6] = {&w->charge, &w->check, &w->mid, &w->found, &w->exact, &w->near};
    for (int i = 0; i < 6; i++) *arrays[i] = at + (size_t)i * array;
    return STARFMM_OK;
}

static void choose_points(workspace *w, size_t n_components)
{
    uint64_t state = 3;
    points *const set[2] = {&w->sources, &w->targets};
    for (size_t at = 0; at < 6 * N_POINTS; at++) {
        size_t i = at % N_POINTS, d = at / N_POINTS % 3;
        double x = sfm_kernel_random(&state);
        if (i < N_CORNERS) x = i >> d & 1 ? 1 : -1;
        set[at / N_POINTS / 3]->x[d * w->sources.ld + i] = (real)x;
    }
    for (size_t i = 0; i < N_POINTS; i++)
        for (size_t c = 0; c < n_components; c++)
            w->charge[(i * n_components + c) * N_POINTS + i] =
                (real)sfm_kernel_random(&state);
}

static void send(const workspace *w, const SFM(set) * set, int source, int target)
{
    const sfm_operators_key *m = &w->key->matrices;
    const sfm_kernel *k = sfm_kernel_get(m->kernel);
    const size_t n_equiv = (size_t)k->source[m->equiv].dim;
    const size_t n_check = (size_t)k->target[m->check].dim;
    const size_t up = (size_t)set->up_rank, dn = (size_t)set->dn_rank;
    sum(w, source, m->check, &w->outer, 0, &w->sources, w->charge, w->check);
    SFM(apply_rows)(N_POINTS, set->uc2e[0], up, n_check * w->outer.n, w->check, w->mid);
    SFM(apply_rows)(N_POINTS, set->uc2e[1], n_equiv * w->inner.n, up, w->mid, w->found);
    sum(w, m->equiv, m->check, &w->inner, DISTANCE, &w->inner, w->found, w->check);
    SFM(apply_rows)(N_POINTS, set->dc2e[0], dn, n_check * w->inner.n, w->check, w->mid);
    SFM(apply_rows)(N_POINTS, set->dc2e[1], n_equiv * w->outer.n, dn, w->mid, w->check);
    sum(w, m->equiv, target, &w->targets, 0, &w->outer, w->check, w->found);
    sum(w, source, target, &w->targets, DISTANCE, &w->sources, w->charge, w->exact);
    sum(w, source, target, &w->targets, 0, &w->sources, w->charge, w->near);
}

/* |v|^2, or |v - w|^2, of components first ... end - 1. */
static double square(const real *v, const real *w, int first, int end)
{
    double sum = 0;
    for (size_t c = (size_t)first * N_POINTS; c < (size_t)end * N_POINTS; c += N_POINTS)
        sum += pow((double)v[c] - (w ? (double)w[c] : 0), 2);
    return sum;
}

/* Raise the errors to those of components first ... end - 1: of random pairs together, and the
 * largest of any pair. */
static void compare(const workspace *w, int dim, int first, int end, double error[2])
{
    double wrong = 0, right = 0, worst = 0, near = 0;
    for (int pair = 0; pair < N_POINTS * N_POINTS; pair++) {
        int at = pair / N_POINTS * dim * N_POINTS + pair % N_POINTS;
        near += pow(square(w->near + at, NULL, first, end), 0.25) / (N_POINTS * N_POINTS);
    }
    near *= near; /* the mean of roots, which no close pair rules */
    const double least = pow(NEGLIGIBLE * near, 2);
    for (int pair = 0; pair < N_POINTS * N_POINTS; pair++) {
        int at = pair / N_POINTS * dim * N_POINTS + pair % N_POINTS;
        double off = square(w->found + at, w->exact + at, first, end);
        double size = square(w->exact + at, NULL, first, end);
        if (off > 0 && !(off <= worst * fmax(size, least))) worst = off / fmax(size, least);
        if (pair / N_POINTS < N_CORNERS || pair % N_POINTS < N_CORNERS) continue;
        wrong += off;
        right += size + SHARE * near * near;
    }
    if (!isfinite(worst)) wrong = right = worst = 1;
    if (right > 0) error[0] = fmax(error[0], sqrt(wrong / right));
    error[1] = fmax(error[1], sqrt(worst));
}

starfmm_status SFM(set_measure)(const void *content, const sfm_operator_set_key *key,
                                int source, int target, double error[2])
{
    const sfm_kernel *k = sfm_kernel_get(key->matrices.kernel);
    const int first = k->target[0].dim, end = k->target[target].dim;
    workspace w = {0};
    SFM_TRY(sfm_blas_begin(1));
    starfmm_status status = create(&w, key);
    error[0] = error[1] = 0;
    if (status == STARFMM_OK) {
        choose_points(&w, (size_t)k->source[source].dim);
        send(&w, content, source, target);
        compare(&w, end, 0, first, error);
        if (end > first) compare(&w, end, first, end, error);
    }
    sfm_blas_end();
    sfm_free(w.memory);
    return status;
}
