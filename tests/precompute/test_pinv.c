/* SPDX-License-Identifier: BSD-3-Clause */
#include "precompute/pinv.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "tests/support/test.h"

#define SEED 11
#define MAX_SIDE 12

/* A matrix with known singular values: H(v) diag(values) H(w), with Householder reflections
 * H(v) = 1 - 2 v v^T / v^T v, which are orthogonal and their own inverses. */
typedef struct known {
    size_t m, n;
    double v[MAX_SIDE], w[MAX_SIDE], values[MAX_SIDE];
} known;

static void randomise(known *a, size_t m, size_t n)
{
    a->m = m, a->n = n;
    for (size_t i = 0; i < MAX_SIDE; i++) {
        a->v[i] = rand() / (double)RAND_MAX - 0.4;
        a->w[i] = rand() / (double)RAND_MAX - 0.6;
        a->values[i] = pow(10.0, -(double)i);
    }
}

static double householder(const double *v, size_t n, size_t i, size_t j)
{
    double square = 0.0;
    for (size_t l = 0; l < n; l++) square += v[l] * v[l];
    return (i == j) - 2.0 * v[i] * v[j] / square;
}

/* sum over the first `rank` of H(v)(i, l) value^power H(w)(l, j). */
static double entry(const known *a, size_t rank, int power, size_t i, size_t j)
{
    double sum = 0.0;
    for (size_t l = 0; l < rank; l++)
        sum += householder(a->v, a->m, i, l) * pow(a->values[l], power) *
               householder(a->w, a->n, l, j);
    return sum;
}

static void to_matrix(const known *a, double *matrix)
{
    size_t k = a->m < a->n ? a->m : a->n;
    for (size_t i = 0; i < a->m; i++)
        for (size_t j = 0; j < a->n; j++) matrix[i * a->n + j] = entry(a, k, 1, i, j);
}

/* Largest entry of V (first U^T..) - A^+, over 1 / smallest kept value. */
static double error_of_inverse(const known *a, const sfm_pinv *p, int transposed)
{
    const double *basis = transposed ? p->v : p->u, *other = transposed ? p->u : p->v;
    size_t n_in = transposed ? a->n : a->m, n_out = transposed ? a->m : a->n;
    double first[MAX_SIDE * MAX_SIDE], worst = 0.0;
    sfm_pinv_first_factor(n_in, p->rank, p->sigma, basis, first);
    for (size_t i = 0; i < n_out; i++)
        for (size_t j = 0; j < n_in; j++) {
            double got = 0.0;
            for (size_t r = 0; r < p->rank; r++)
                got += other[i * p->rank + r] * first[r * n_in + j];
            double want = entry(a, p->rank, -1, transposed ? i : j, transposed ? j : i);
            worst = fmax(worst, fabs(got - want));
        }
    return worst * a->values[p->rank - 1];
}

SFM_CASE(inverts_what_is_kept)
{
    static const struct {
        size_t m, n, rank;
        double cutoff;
    } cases[] = {{12, 8, 8, 1e-15}, {8, 12, 8, 1e-15}, {12, 8, 4, 5e-4},
                 {9, 9, 6, 5e-6},   {5, 12, 1, 0.5},   {1, 1, 1, 1e-14}};
    known a;
    sfm_pinv p;
    double matrix[MAX_SIDE * MAX_SIDE];
    srand(SEED);
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        randomise(&a, cases[c].m, cases[c].n);
        to_matrix(&a, matrix);
        CHECK_OK(sfm_pinv_compute(&p, a.m, a.n, matrix, cases[c].cutoff, 0.0));
        CHECKF(p.rank == cases[c].rank, "case %zu: rank %zu", c, p.rank);
        /* The smallest kept direction is known to eps / its value. */
        double bound = 1e-14 / a.values[p.rank - 1], error = error_of_inverse(&a, &p, 0);
        CHECKF(error < bound, "case %zu: %g > %g (seed %d)", c, error, bound, SEED);
        error = error_of_inverse(&a, &p, 1);
        CHECKF(error < bound, "case %zu transposed: %g > %g", c, error, bound);
        sfm_pinv_free(&p);
    }
}

SFM_CASE(floor_drops_small_values)
{
    known a;
    sfm_pinv p;
    double matrix[MAX_SIDE * MAX_SIDE];
    srand(SEED);
    randomise(&a, 9, 7);
    to_matrix(&a, matrix);
    CHECK_OK(sfm_pinv_compute(&p, 9, 7, matrix, 1e-15, 5e-3));
    CHECKF(p.rank == 3, "rank %zu", p.rank);
    sfm_pinv_free(&p);
}

SFM_CASE(a_matrix_of_nothing_has_rank_zero)
{
    double zero[6] = {0}, tiny[6];
    sfm_pinv p;
    CHECK_OK(sfm_pinv_compute(&p, 2, 3, zero, 1e-14, 0.0));
    CHECK(p.rank == 0);
    sfm_pinv_free(&p);
    for (int i = 0; i < 6; i++) tiny[i] = 1e-300 * (i + 1);
    CHECK_OK(sfm_pinv_compute(&p, 2, 3, tiny, 1e-14, 0.0));
    CHECKF(p.rank == 0, "rank %zu", p.rank);
    sfm_pinv_free(&p);
}

SFM_CASE(not_finite_is_named)
{
    double a[6] = {1, 2, 3, 4, NAN, 6};
    sfm_pinv p;
    CHECK_STATUS(STARFMM_ENUMERIC, sfm_pinv_compute(&p, 2, 3, a, 1e-14, 0.0));
    CHECKF(strstr(starfmm_last_error(), "points 1 and 1") != NULL, "%s",
           starfmm_last_error());
    a[4] = INFINITY;
    CHECK_STATUS(STARFMM_ENUMERIC, sfm_pinv_compute(&p, 2, 3, a, 1e-14, 0.0));
}

SFM_CASE(memory_may_fail_anywhere)
{
    double a[6];
    sfm_pinv p;
    starfmm_status status = STARFMM_ENOMEM;
    for (long n = 1; n < 20 && status != STARFMM_OK; n++) {
        for (int i = 0; i < 6; i++) a[i] = i + 1;
        sfm_alloc_fail_after(n);
        status = sfm_pinv_compute(&p, 2, 3, a, 1e-14, 0.0);
        sfm_alloc_fail_after(0);
        CHECKF(status == STARFMM_OK || (status == STARFMM_ENOMEM && p.u == NULL),
               "allocation %ld: status %d", n, (int)status);
        sfm_pinv_free(&p);
    }
    CHECK(status == STARFMM_OK);
}

SFM_MAIN()
